//! A fake YouTube server with a dozen fictional sermons, for trying MannaMeter without network access:
//!
//! ```text
//! cargo run --example fake_youtube -- --port 9100
//! YOUTUBE_BASE_URL=http://127.0.0.1:9100 cargo run
//! ```

#[expect(dead_code, reason = "tests use the rest")]
#[path = "../tests/support/youtube.rs"]
mod youtube;

use clap::Parser;

/// Runs a fake YouTube server on 127.0.0.1.
#[derive(Debug, Parser)]
struct Arguments {
    /// Port to listen on; 0 for any free port
    #[arg(long, default_value_t = 9100)]
    port: u16,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "prints the URLs to use")]
async fn main() {
    let server = youtube::FakeYouTube::start_on(Arguments::parse().port).await;
    let sermons = server.with_catalog();
    println!("YOUTUBE_BASE_URL={}", server.base_url());
    for sermon in sermons {
        println!("https://www.youtube.com/watch?v={sermon}");
    }
    server.run().await;
}
