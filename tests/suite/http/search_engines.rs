//! Whether search engines may list the pages.

use mannameter::{
    domain::Document,
    http::{HttpSettings, SearchEngines},
};
use serde_json::json;

use crate::support::{
    app::{TestApp, TestSettings},
    postgres::Postgres,
};

const META: &str = "<meta name=\"robots\" content=\"noindex, nofollow\">";

async fn app(search_engines: SearchEngines, database: Option<String>) -> TestApp {
    let settings = TestSettings { database, ..TestSettings::default() };
    let http = HttpSettings { search_engines, ..settings.http };
    let app = TestApp::with(TestSettings { http, ..settings }).await;
    let sermon = json!({"title": "T", "channel": "Grace Church", "processed_at": "2026-05-31T10:00:00Z", "stats": {},
                        "counts": {"John": 1}});
    app.save(&Document::from_legacy("a_Sermon_01", sermon).expect("a document")).await;
    app
}

#[tokio::test]
async fn by_default_every_response_asks_search_engines_to_stay_away_but_may_be_crawled() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = app(SearchEngines::default(), database).await;
        for path in
            ["/", "/video/a_Sermon_01", "/church/grace-church", "/book/John", "/passage/John.3.16", "/docs", "/none"]
        {
            let page = app.browse(path).await;
            assert_eq!(page.header("x-robots-tag"), "noindex, nofollow", "{path}");
            assert!(page.text().contains(META), "{path}");
        }
        assert_eq!(app.get("/results.json").await.header("x-robots-tag"), "noindex, nofollow");
        let robots = app.get("/robots.txt").await;
        assert_eq!((robots.status.as_u16(), robots.text().as_str()), (200, "User-agent: *\nAllow: /\n"));
        assert_eq!(app.get("/sitemap.xml").await.status, 404);
    }
}

#[tokio::test]
async fn when_they_are_welcome_there_is_a_sitemap_and_only_private_pages_ask_them_to_stay_away() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = app(SearchEngines::On, database).await;
        for (path, is_private) in
            [("/", false), ("/video/a_Sermon_01", false), ("/backup", true), ("/login", true), ("/search?q=x", true)]
        {
            let page = app.browse(path).await;
            assert_eq!(page.header("x-robots-tag"), "", "{path}");
            assert_eq!(page.text().contains(META), is_private, "{path}");
        }
        let robots = app.get("/robots.txt").await.text();
        assert_eq!(robots, "User-agent: *\nAllow: /\nSitemap: http://localhost/sitemap.xml\n");
        let sitemap = app.get("/sitemap.xml").await;
        assert_eq!((sitemap.status.as_u16(), sitemap.header("content-type")), (200, "application/xml"));
        for path in ["/", "/video/a_Sermon_01", "/church/grace-church", "/book/John"] {
            let entry = format!("<url><loc>http://localhost{path}</loc></url>");
            assert!(sitemap.text().contains(&entry), "{entry} in {}", sitemap.text());
        }
        assert_eq!(app.get("/sitemap/1.xml").await.status, 404, "one file is enough");
    }
}
