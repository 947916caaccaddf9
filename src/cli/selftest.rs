//! `mannameter selftest`: tests everything that keeps sermons safe, in a scratch directory and a scratch database.

use std::{collections::BTreeMap, fs::File, path::Path, sync::Arc};

use anyhow::{Context, bail, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use super::console::{Console, plural};
use crate::{
    app::{App, ScratchApps},
    blocking::blocking,
    config::Settings,
    domain::{CollectionDigest, Document, Sha256, VideoId},
    safety::{SavedTo, format::read_documents, restore::RestoreRequest},
    store::{SavePolicy, SaveRequest, StoredCaptions},
};

/// The actor recorded in the history of the scratch database.
const ACTOR: &str = "selftest";

/// The checks, in the order in which they run.
const CHECKS: [&str; 5] = [
    "safe JSON save with a backup",
    "database save with export",
    "emergency save without a database",
    "recovery from every source",
    "restore of a backup, and undo",
];

/// Prints the results of the checks.
struct Results {
    console: Console,
    reported: usize,
    passed: usize,
}

impl Results {
    /// Reports the result of the next check.
    fn add(&mut self, result: anyhow::Result<String>) -> anyhow::Result<()> {
        let check = CHECKS[self.reported];
        self.reported += 1;
        match result {
            Ok(message) => {
                self.passed += 1;
                self.console.print(format_args!("PASS  {check}: {message}"))?;
            }
            Err(error) => self.console.print(format_args!("FAIL  {check}: {error:#}"))?,
        }
        Ok(())
    }
}

/// Runs every check, even if some fail.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut results = Results { console: Console::text(), reported: 0, passed: 0 };
    let mut scratch = ScratchApps::new(settings);
    let checked = run_checks(&mut scratch, &mut results).await;
    let removed = scratch.remove().await;
    results.console.print(format_args!("Total: {}/{}", results.passed, CHECKS.len()))?;
    checked?;
    match CHECKS.len() - results.passed {
        0 => removed.context("every check passed, but the scratch data could not be removed"),
        failed => bail!("{} failed (see FAIL above)", plural(failed, "check")),
    }
}

async fn run_checks(scratch: &mut ScratchApps, results: &mut Results) -> anyhow::Result<()> {
    let app = match scratch.create("main").await {
        Ok(app) => app,
        Err(error) => {
            let reason = format!("{error:#}");
            return CHECKS.iter().try_for_each(|_| results.add(Err(anyhow::anyhow!(reason.clone()))));
        }
    };
    results.add(save_with_safety_backup(&app).await)?;
    results.add(save_and_export(&app).await)?;
    results.add(save_without_database(scratch, &app).await)?;
    results.add(recover(scratch, &app).await)?;
    results.add(restore_and_undo(&app).await)?;
    app.close().await;
    Ok(())
}

/// Checks that a second save makes a safety backup of the previous export, and that both export files contain both
/// sermons.
async fn save_with_safety_backup(app: &App) -> anyhow::Result<String> {
    save(app, "SELFTEST_01", "First").await?;
    app.exporter.export_now().await?;
    let before = read(&app.data_dir.results_b64()).await?;
    let report = app.saver.save(request(app, "SELFTEST_02", "Second")?).await?;
    let name = report.safety_backup.context("there is no safety backup")?;
    let backup = read(&app.data_dir.backups().join(&name)).await?;
    ensure!(backup == before, "{name} is not the export before the save");
    app.exporter.export_now().await?;
    let [plain, encoded] = [read(&app.data_dir.results_json()).await?, read(&app.data_dir.results_b64()).await?];
    let decoded = STANDARD.decode(encoded.trim_ascii()).context("results.json.b64 is not base64")?;
    ensure!(decoded == plain, "results.json.b64 is not results.json in base64");
    ensure!(sermons_in(&app.data_dir.results_json()).await?.len() == 2, "the export does not contain both sermons");
    Ok("the old state is in a safety backup, and both export files contain both sermons".to_owned())
}

/// Checks that the database and the export return a sermon byte for byte.
async fn save_and_export(app: &App) -> anyhow::Result<String> {
    let document = save(app, "SELFTEST_03", "Third").await?;
    let stored = app.store.video(&id("SELFTEST_03")?).await?.context("the sermon is not in the database")?;
    ensure!(stored.document == document, "the database returned a different document");
    app.exporter.export_now().await?;
    let exported = sermons_in(&app.data_dir.results_b64()).await?;
    ensure!(exported.get("SELFTEST_03") == Some(&document), "the export contains a different document");
    let state = app.store.state().await?;
    ensure!(digest(&exported)? == state.digest, "the digest of the export differs from that of the database");
    Ok(format!("{} in the database and in the export, with the same digest", plural(state.count, "sermon")))
}

/// Checks that a sermon is spooled while the database is unreachable, and is saved once the database is reachable
/// again.
async fn save_without_database(scratch: &ScratchApps, app: &App) -> anyhow::Result<String> {
    let offline = scratch.create_without_database("main").await?;
    let saved = offline.saver.save(request(&offline, "SELFTEST_04", "Fourth")?).await;
    offline.close().await;
    let SavedTo::Spool { name } = saved?.saved_to else { bail!("the sermon was not spooled") };
    let file = app.data_dir.backups().join(&name);
    ensure!(name.starts_with("EMERGENCY_SAVE_"), "{name} is not an emergency save");
    ensure!(sermons_in(&file).await?.contains_key("SELFTEST_04"), "{name} does not contain the sermon");
    let replayed = app.replayer().replay().await?;
    ensure!(replayed.saved == 1, "the sermon was not replayed");
    let is_stored = app.store.video(&id("SELFTEST_04")?).await?.is_some();
    ensure!(is_stored && !file.exists(), "the replayed sermon is not in the database, or is still in the spool");
    Ok("the sermon was in an EMERGENCY_SAVE file, and is in the database now".to_owned())
}

/// Checks that an empty database is filled from the export, the backups, the spool and files of the previous system.
async fn recover(scratch: &mut ScratchApps, app: &App) -> anyhow::Result<String> {
    let fresh = scratch.create("fresh").await?;
    let result = recover_into(scratch, app, &fresh).await;
    fresh.close().await;
    result
}

async fn recover_into(scratch: &ScratchApps, app: &App, fresh: &App) -> anyhow::Result<String> {
    app.exporter.export_now().await?;
    let mut wanted = sermons_in(&app.data_dir.results_json()).await?;
    let backups = fresh.data_dir.backups();
    copy(&app.data_dir.results_b64(), &fresh.data_dir.results_b64()).await?;
    for (file, sermon) in [
        ("database_backup_20251206_102352.json.b64", "SELFTEST_05"),
        ("results_backup_20251205_183048.json.b64", "SELFTEST_06"),
        ("EMERGENCY_SAVE_20251206_110941_SELFTEST_07.json.b64", "SELFTEST_07"),
    ] {
        let document = document(fresh, sermon, file)?.to_json();
        write(&backups.join(file), STANDARD.encode(format!("{{\"{sermon}\":{document}}}"))).await?;
        wanted.insert(sermon.to_owned(), document);
    }
    let offline = scratch.create_without_database("fresh").await?;
    let spooled = request(&offline, "SELFTEST_08", "In the spool")?;
    wanted.insert("SELFTEST_08".to_owned(), spooled.document.to_json());
    let saved = offline.saver.save(spooled).await;
    offline.close().await;
    saved?;
    let plan = fresh.recovery.plan(&[], Box::new(|_| {})).await?;
    fresh.recovery.apply(plan, &[], Arc::new(())).await?;
    fresh.exporter.export_now().await?;
    let found = sermons_in(&fresh.data_dir.results_json()).await?;
    let missing: Vec<_> = wanted.keys().filter(|id| !found.contains_key(*id)).map(String::as_str).collect();
    ensure!(missing.is_empty(), "not recovered: {}", missing.join(", "));
    ensure!(found == wanted, "some sermons have changed");
    Ok(format!("{} from the export, backups, emergency saves and the spool", plural(found.len(), "sermon")))
}

/// Checks that a restore leaves exactly the sermons in the backup, and that undoing it restores the previous sermons.
async fn restore_and_undo(app: &App) -> anyhow::Result<String> {
    save(app, "SELFTEST_01", "First").await?;
    save(app, "SELFTEST_02", "Second").await?;
    let name = app.backups.create().await?.name;
    let backed_up = app.store.state().await?;
    save(app, "SELFTEST_02", "Changed").await?;
    save(app, "SELFTEST_09", "Added").await?;
    app.saver.delete(&id("SELFTEST_01")?, ACTOR).await?.context("the sermon to delete is missing")?;
    let changed = app.store.state().await?;
    ensure!(changed.digest != backed_up.digest, "the changes did not change the digest");
    let request = RestoreRequest {
        confirm: name.to_string(),
        plan_token: Some(app.restores.preview(&name).await?.plan_token),
        name,
        accept_unverified: false,
        allow_empty: false,
        damaged: false,
        actor: ACTOR.into(),
    };
    let restored = app.restores.restore(request, Arc::new(())).await?;
    let found = app.store.fingerprint().await?.digest;
    ensure!(found == backed_up.digest, "the restored sermons are not those of the backup");
    app.restores.undo(restored.restore_id, ACTOR, Arc::new(())).await?;
    let found = app.store.fingerprint().await?.digest;
    ensure!(found == changed.digest, "the sermons after the undo are not those before the restore");
    Ok(format!("{} restored, and undone, with the same digests", plural(backed_up.count, "sermon")))
}

/// Saves a sermon to the database and returns its document.
async fn save(app: &App, id: &str, title: &str) -> anyhow::Result<String> {
    let request = request(app, id, title)?;
    let document = request.document.to_json();
    let report = app.saver.save(request).await?;
    report.saved().context("the sermon was spooled instead of saved")?;
    Ok(document)
}

fn request(app: &App, id: &str, title: &str) -> anyhow::Result<SaveRequest> {
    let transcript =
        StoredCaptions { body: title.as_bytes().to_vec(), format: "plain".to_owned(), language: Some("en".to_owned()) };
    Ok(SaveRequest {
        save_id: app.clock.new_id(),
        document: document(app, id, title)?,
        transcript: Some(transcript),
        policy: SavePolicy::Replace,
        actor: ACTOR.into(),
        at: app.clock.now(),
    })
}

fn document(app: &App, id: &str, title: &str) -> anyhow::Result<Document> {
    let value = json!({
        "video_id": id, "title": title, "channel": "Selftest", "channel_url": "", "location": "",
        "transcript_length": title.len(), "processed_at": app.clock.now(),
        "stats": {"scripture_references": 2, "suspect_references": 0, "false_positives": 0, "total_matches": 2},
        "counts": {"John": 2}, "suspect_counts": {}, "positions": {}, "logs": ["a scratch sermon"],
    });
    Ok(Document::from_legacy(id, value)?)
}

fn id(text: &str) -> anyhow::Result<VideoId> {
    Ok(VideoId::parse(text)?)
}

/// Returns the documents in a file, keyed by ID.
async fn sermons_in(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let path = path.to_owned();
    let reading = blocking(move || {
        let mut sermons = BTreeMap::new();
        let file = File::open(&path).with_context(|| format!("could not open {}", path.display()))?;
        read_documents(file, |id, document, _| {
            sermons.insert(id.to_string(), document.to_owned());
            Ok(())
        })
        .with_context(|| format!("could not read {}", path.display()))?;
        Ok(sermons)
    });
    reading.await
}

fn digest(sermons: &BTreeMap<String, String>) -> anyhow::Result<CollectionDigest> {
    let mut digest = CollectionDigest::default();
    for (name, document) in sermons {
        digest.add(&id(name)?, &Sha256::digest(document.as_bytes()));
    }
    Ok(digest)
}

async fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    tokio::fs::read(path).await.with_context(|| format!("could not read {}", path.display()))
}

async fn write(path: &Path, text: String) -> anyhow::Result<()> {
    tokio::fs::write(path, text).await.with_context(|| format!("could not write {}", path.display()))
}

async fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    tokio::fs::copy(from, to).await.with_context(|| format!("could not copy {}", from.display()))?;
    Ok(())
}
