//! English names of countries (ISO 3166-1), for the Data API, which gives codes where pages give names.

/// Code and name.
#[rustfmt::skip]
const NAMES: [(&str, &str); 108] = [
    ("AE", "United Arab Emirates"), ("AL", "Albania"), ("AM", "Armenia"), ("AO", "Angola"), ("AR", "Argentina"),
    ("AT", "Austria"), ("AU", "Australia"), ("AZ", "Azerbaijan"), ("BA", "Bosnia and Herzegovina"), ("BB", "Barbados"),
    ("BD", "Bangladesh"), ("BE", "Belgium"), ("BG", "Bulgaria"), ("BJ", "Benin"), ("BO", "Bolivia"), ("BR", "Brazil"),
    ("BS", "Bahamas"), ("BW", "Botswana"), ("BY", "Belarus"), ("BZ", "Belize"), ("CA", "Canada"), ("CD", "Democratic Republic of the Congo"),
    ("CH", "Switzerland"), ("CI", "Côte d’Ivoire"), ("CL", "Chile"), ("CM", "Cameroon"), ("CN", "China"), ("CO", "Colombia"),
    ("CR", "Costa Rica"), ("CU", "Cuba"), ("CY", "Cyprus"), ("CZ", "Czechia"), ("DE", "Germany"), ("DK", "Denmark"),
    ("DO", "Dominican Republic"), ("DZ", "Algeria"), ("EC", "Ecuador"), ("EE", "Estonia"), ("EG", "Egypt"), ("ES", "Spain"),
    ("ET", "Ethiopia"), ("FI", "Finland"), ("FJ", "Fiji"), ("FR", "France"), ("GB", "United Kingdom"), ("GE", "Georgia"),
    ("GH", "Ghana"), ("GR", "Greece"), ("GT", "Guatemala"), ("GY", "Guyana"), ("HK", "Hong Kong"), ("HN", "Honduras"),
    ("HR", "Croatia"), ("HT", "Haiti"), ("HU", "Hungary"), ("ID", "Indonesia"), ("IE", "Ireland"), ("IL", "Israel"),
    ("IN", "India"), ("IQ", "Iraq"), ("IS", "Iceland"), ("IT", "Italy"), ("JM", "Jamaica"), ("JO", "Jordan"), ("JP", "Japan"),
    ("KE", "Kenya"), ("KR", "South Korea"), ("KW", "Kuwait"), ("LB", "Lebanon"), ("LK", "Sri Lanka"), ("LR", "Liberia"),
    ("LT", "Lithuania"), ("LU", "Luxembourg"), ("LV", "Latvia"), ("MA", "Morocco"), ("MD", "Moldova"), ("MG", "Madagascar"),
    ("MT", "Malta"), ("MW", "Malawi"), ("MX", "Mexico"), ("MY", "Malaysia"), ("MZ", "Mozambique"), ("NA", "Namibia"),
    ("NG", "Nigeria"), ("NL", "Netherlands"), ("NO", "Norway"), ("NP", "Nepal"), ("NZ", "New Zealand"), ("PA", "Panama"),
    ("PE", "Peru"), ("PG", "Papua New Guinea"), ("PH", "Philippines"), ("PK", "Pakistan"), ("PL", "Poland"), ("PR", "Puerto Rico"),
    ("PT", "Portugal"), ("PY", "Paraguay"), ("RO", "Romania"), ("RS", "Serbia"), ("RU", "Russia"), ("RW", "Rwanda"),
    ("SE", "Sweden"), ("SG", "Singapore"), ("TW", "Taiwan"), ("UA", "Ukraine"), ("UG", "Uganda"), ("US", "United States"),
    ("ZA", "South Africa"),
];

/// The name of a country; none for a code that is not listed, which is then shown itself.
pub(super) fn name(code: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}
