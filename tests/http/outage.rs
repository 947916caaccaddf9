//! The database goes away, and what is said meanwhile.

use serde_json::json;

use crate::{
    app::{TestApp, TestSettings},
    postgres::Postgres,
};

#[tokio::test]
async fn while_the_database_is_away_one_is_told_so_and_the_export_is_still_there() {
    let postgres = Postgres::new();
    let settings = TestSettings { database: Some(postgres.database()), ..TestSettings::default() };
    let app = TestApp::with(settings).await;
    let answer = app.post("/api/videos", &json!({ "url": "sErm0n_Tst1" })).await;
    app.ended(answer.header("location")).await;
    assert!(app.exporter.wait_for(1, std::time::Duration::from_secs(10)).await, "the export follows");

    postgres.stop();
    let asked = ["/api/videos", "/api/video/sErm0n_Tst1", "/api/export/database", "/export.csv"];
    for path in asked {
        let answer = app.get(path).await;
        let problem = answer.problem(503, "database_unavailable");
        assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{path}");
        assert!(!problem.to_string().contains("127.0.0.1"), "nothing of our insides is told: {problem}");
    }
    app.post("/api/videos", &json!({ "url": "sErm0n_Tst2" })).await.problem(503, "database_unavailable");
    let page = app.browse("/").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (503, "text/html; charset=utf-8"));
    assert!(page.text().contains("<h1>The database is away</h1>"));
    assert_eq!(app.get("/healthz").await.status, 200);
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["database"]["ok"]), (503, &json!(false)));
    assert_eq!(app.get("/results.json").await.json()["sErm0n_Tst1"]["video_id"], "sErm0n_Tst1");

    postgres.start();
    let answer = app.post("/api/videos", &json!({ "url": "sErm0n_Tst2" })).await;
    assert_eq!(app.ended(answer.header("location")).await["state"], "done", "{}", answer.text());
}
