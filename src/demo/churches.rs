//! Fictional churches and their preachers. Their URLs use the reserved top-level domain `.example` (RFC 2606).

/// A fictional church.
#[derive(Debug)]
pub(super) struct Church {
    pub(super) name: &'static str,
    pub(super) country: &'static str,
    pub(super) url: &'static str,
    pub(super) preachers: [&'static str; 2],
    /// Percentage of sermons that are preached in this church.
    pub(super) weight: u32,
}

/// All churches.
pub(super) const CHURCHES: [Church; 9] = [
    Church {
        name: "Quillbrook Chapel",
        country: "United Kingdom",
        url: "https://quillbrook-chapel.example",
        preachers: ["Imogen Farrow", "Desmond Achterberg"],
        weight: 18,
    },
    Church {
        name: "Saltmarsh Community Church",
        country: "United States",
        url: "https://saltmarsh.example",
        preachers: ["Calvin Ostrander", "Priscilla Voss"],
        weight: 22,
    },
    Church {
        name: "Oku Hills Assembly",
        country: "Nigeria",
        url: "https://oku-hills.example",
        preachers: ["Emeka Odunlade", "Folake Brisibe"],
        weight: 15,
    },
    Church {
        name: "Kestrel Bay Church",
        country: "Australia",
        url: "https://kestrel-bay.example",
        preachers: ["Lachlan Pemberley", "Tamsin Roake"],
        weight: 10,
    },
    Church {
        name: "Maple Fork Fellowship",
        country: "Canada",
        url: "https://maple-fork.example",
        preachers: ["Gideon Laframboise", "Hannah Tolliver"],
        weight: 9,
    },
    Church {
        name: "Nyota Ridge Church",
        country: "Kenya",
        url: "https://nyota-ridge.example",
        preachers: ["Wanjiru Kimathi", "Barasa Otieno-Hale"],
        weight: 10,
    },
    Church {
        name: "Tamarind Street Church",
        country: "India",
        url: "https://tamarind-street.example",
        preachers: ["Anil Thomasson", "Leela Varkeyan"],
        weight: 7,
    },
    Church {
        name: "Cobblegate Church",
        country: "Ireland",
        url: "https://cobblegate.example",
        preachers: ["Fintan Dromey", "Orla Castlebawn"],
        weight: 5,
    },
    Church {
        name: "Harakeke Lane Chapel",
        country: "New Zealand",
        url: "https://harakeke-lane.example",
        preachers: ["Wiremu Haldane", "Bronwyn Pike"],
        weight: 4,
    },
];
