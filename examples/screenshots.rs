//! Takes the screenshots in `docs/screenshots` from a running server. `scripts/screenshots` starts one with demo sermons
//! and runs this example.
//!
//! ```text
//! cargo run --example screenshots -- --server http://127.0.0.1:5000 --token TOKEN --page dashboard=/ --page book=/book/John
//! ```

#[expect(dead_code, reason = "only the tests use all of it")]
#[path = "../tests/support/browser.rs"]
mod browser;

use std::{collections::HashMap, fs, io::Cursor, path::PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use browser::{Browser, Scripts};
use clap::Parser;
use serde_json::json;

/// The screens: name, width and height in CSS pixels, device pixel ratio, and whether the screen is a phone.
const SCREENS: [(&str, u32, u32, u32, bool); 2] = [("wide", 1280, 1600, 1, false), ("phone", 360, 1000, 2, true)];

/// Maximum number of colors in an image's palette.
const PALETTE_SIZE: usize = 256;

/// Command-line arguments.
#[derive(Debug, Parser)]
struct Arguments {
    /// URL of the server
    #[arg(long)]
    server: String,
    /// Admin token
    #[arg(long)]
    token: String,
    /// Page to show
    #[arg(long = "page", value_name = "NAME=PATH", required = true)]
    pages: Vec<String>,
    /// Output directory
    #[arg(long, default_value = "docs/screenshots")]
    out: PathBuf,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "reports the written files")]
async fn main() {
    let Arguments { server, token, pages, out } = Arguments::parse();
    fs::create_dir_all(&out).expect("a directory");
    let browser = Browser::open(&server, Scripts::On, 1280).await;
    let pages: Vec<_> = pages.iter().map(|page| page.split_once('=').expect("--page NAME=PATH")).collect();
    browser.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
    for (screen, width, height, pixels, mobile) in SCREENS {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": pixels, "mobile": mobile });
        browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        for theme in ["light", "dark"] {
            browser.goto("/docs").await;
            browser.driver.delete_all_cookies().await.expect("a browser");
            browser.eval(&format!("document.cookie = 'theme={theme}; path=/'")).await;
            for &(name, path) in &pages {
                browser.goto(path).await;
                if name != "login" && browser.eval("return !!document.querySelector('#token')").await == true {
                    browser.fill("#token", &token).await;
                    browser.click("form.stack button").await;
                    browser.find("form[action='/logout']").await;
                    browser.goto(path).await;
                }
                browser.find(&format!("html[data-theme={theme}] h1")).await;
                assert_eq!(browser.eval("return innerWidth").await, width, "{path} fits the screen");
                let capture = browser.devtools("Page.captureScreenshot", json!({ "format": "png" })).await;
                let png = BASE64_STANDARD.decode(capture["data"].as_str().expect("an image")).expect("base64");
                let png = reduce_colors(&png);
                let file = out.join(format!("{name}-{screen}-{theme}.png"));
                println!("{:>7} bytes  {}", png.len(), file.display());
                fs::write(file, png).expect("a writable directory");
            }
        }
    }
    let mut complaints = browser.complaints().await;
    // The page for an unknown URL is expected to be a 404.
    complaints.retain(|complaint| !complaint.contains("status of 404"));
    assert!(complaints.is_empty(), "{complaints:#?}");
    browser.close().await;
}

/// Converts a PNG to a palette of its most frequent colors. Pages have few colors, so the difference is barely visible.
fn reduce_colors(image: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(Cursor::new(image)).read_info().expect("a PNG");
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
    palette.truncate(PALETTE_SIZE);
    let nearest: HashMap<_, _> = frequency.keys().map(|color| (*color, nearest(*color, &palette))).collect();
    let indexed: Vec<u8> = colors.iter().map(|color| nearest[color]).collect();

    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, info.width, info.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    // Filters do not help, because neighboring palette indexes stand for unrelated colors.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&indexed)).expect("a PNG");
    out
}

/// Returns the index of the nearest color in the palette.
fn nearest(color: [u8; 3], palette: &[[u8; 3]]) -> u8 {
    let distance = |other: &[u8; 3]| -> u32 {
        color.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(*other)).pow(2)).sum()
    };
    let index = (0..palette.len()).min_by_key(|index| distance(&palette[*index])).expect("a palette with a color");
    u8::try_from(index).expect("a palette has at most 256 colors")
}
