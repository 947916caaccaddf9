//! A server that stands in for YouTube, with a dozen invented sermons, for trying the program without a network:
//!
//! ```text
//! cargo run --example youtube_standin -- --port 9100
//! YOUTUBE_BASE_URL=http://127.0.0.1:9100 cargo run
//! ```

#[expect(dead_code, reason = "tests use the rest")]
#[path = "../tests/support/youtube.rs"]
mod youtube;

use clap::Parser;

/// Stands in for YouTube on 127.0.0.1.
#[derive(Debug, Parser)]
struct Arguments {
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 9100)]
    port: u16,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "tells the person who started it what there is")]
async fn main() {
    let server = youtube::StandIn::start_on(Arguments::parse().port).await;
    let sermons = server.with_catalog();
    println!("YOUTUBE_BASE_URL={}", server.base_url());
    for sermon in sermons {
        println!("https://www.youtube.com/watch?v={sermon}");
    }
    server.run().await;
}
