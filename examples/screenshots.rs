//! Takes the pictures of `docs/screenshots` from a running server; `scripts/screenshots` starts one with invented
//! sermons and calls this.
//!
//! ```text
//! cargo run --example screenshots -- --server http://127.0.0.1:5000 --token TOKEN --into docs/screenshots
//! ```

#[expect(dead_code, reason = "tests use the rest")]
#[path = "../tests/support/browser.rs"]
mod browser;

use std::{collections::HashMap, fs, io::Cursor, path::PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use browser::{Browser, Scripts};
use clap::Parser;
use serde_json::json;

/// A screen: its name, its width and height in CSS pixels, device pixels to one of them, and whether it is a telephone's.
const SCREENS: [(&str, u32, u32, u32, bool); 2] = [("wide", 1280, 1600, 1, false), ("phone", 360, 1000, 2, true)];

/// Pictures are in the palette of their own most frequent colors.
const COLOURS: usize = 256;

/// Takes the pictures.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the server is.
    #[arg(long)]
    server: String,
    /// The admin token.
    #[arg(long)]
    token: String,
    /// The sermon whose page is taken.
    #[arg(long)]
    sermon: String,
    /// Other pages instead of those of the documentation.
    #[arg(long = "page", value_name = "NAME=PATH")]
    pages: Vec<String>,
    /// Where the pictures go.
    #[arg(long, default_value = "docs/screenshots")]
    into: PathBuf,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "tells the person who started it what there is")]
async fn main() {
    let Arguments { server, token, sermon, pages, into } = Arguments::parse();
    fs::create_dir_all(&into).expect("a directory");
    let browser = Browser::open(&server, Scripts::On, 1280).await;
    browser.goto("/login?next=/backup").await;
    browser.write("#token", &token).await;
    browser.click("form.stack button").await;
    browser.find("form[action='/logout']").await;
    let sermon = format!("/video/{sermon}");
    let mut shown =
        vec![("dashboard", "/"), ("sermon", sermon.as_str()), ("book", "/book/John"), ("backup", "/backup")];
    if !pages.is_empty() {
        shown = pages.iter().map(|page| page.split_once('=').expect("--page NAME=PATH")).collect();
    }
    browser.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
    for (screen, width, height, pixels, mobile) in SCREENS {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": pixels, "mobile": mobile });
        browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        for theme in ["light", "dark"] {
            browser.ask(&format!("document.cookie = 'theme={theme}; path=/'")).await;
            for &(name, path) in &shown {
                browser.goto(path).await;
                browser.find(&format!("html[data-theme={theme}] h1")).await;
                assert_eq!(browser.ask("return innerWidth").await, width, "{path} is as wide as the screen");
                let taken = browser.devtools("Page.captureScreenshot", json!({ "format": "png" })).await;
                let png = BASE64_STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("base64");
                let png = smaller(&png);
                let file = into.join(format!("{name}-{screen}-{theme}.png"));
                println!("{:>7} bytes  {}", png.len(), file.display());
                fs::write(file, png).expect("a picture");
            }
        }
    }
    browser.close().await;
}

/// The same picture with few colors: pages have few, and the shades on the edges of letters hardly differ.
fn smaller(picture: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(Cursor::new(picture)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    let samples = info.color_type.samples();
    let colors: Vec<[u8; 3]> = pixels.chunks_exact(samples).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut frequency = HashMap::new();
    for color in &colors {
        *frequency.entry(*color).or_insert(0_u32) += 1;
    }
    let mut palette: Vec<_> = frequency.keys().copied().collect();
    palette.sort_by_key(|color| (std::cmp::Reverse(frequency[color]), *color));
    palette.truncate(COLOURS);
    let nearest: HashMap<_, _> = frequency.keys().map(|color| (*color, nearest(*color, &palette))).collect();
    let indexed: Vec<u8> = colors.iter().map(|color| nearest[color]).collect();

    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, info.width, info.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    // Neighbors in a palette are no neighbors in color.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&indexed)).expect("a PNG");
    out
}

/// The place of the color in the palette that differs least.
fn nearest(color: [u8; 3], palette: &[[u8; 3]]) -> u8 {
    let distance = |other: &[u8; 3]| -> u32 {
        color.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(*other)).pow(2)).sum()
    };
    let place = (0..palette.len()).min_by_key(|place| distance(&palette[*place])).expect("a palette with a color");
    u8::try_from(place).expect("a palette has at most 256 colors")
}
