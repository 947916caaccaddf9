//! Statistics over periods and churches, compared with a simple count of the same sermons.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use mannameter::{
    domain::{Book, Canon, Document, DocumentWarning},
    store::{
        Church, CollectionStats, Period, PeriodStats,
        SavePolicy::{KeepNewer, Replace},
        SaveRequest, StatsFilter, TrendStep, most_cited,
    },
};

use crate::store::harness::{Harness, at, contract, document, id, new_id, save};

contract! {
    every_filter_matches_a_plain_count_after_every_kind_of_write,
    the_trend_has_every_week_with_its_average,
    top_sermons_are_found_in_short_and_long_periods,
    stale_statistics_are_rebuilt,
    churches_with_similar_names_have_different_and_stable_slugs,
    sermons_without_a_church_have_a_page_but_are_not_listed,
    a_sermon_with_an_invalid_date_counts_for_the_day_it_was_analyzed,
    an_unknown_church_is_not_found,
    sermons_that_are_not_measured_are_in_no_sum,
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn period(first: &str, last: &str) -> Period {
    Period::Days { first: day(first), last: day(last) }
}

/// Returns a sermon with one reference to John and some to Isaiah.
fn sermon(id: &str, church: &str, date: &str, isaiahs: usize, seconds: i64) -> Document {
    let mut document = document(id, &format!("Sermon {id}"), seconds);
    document.published_at = Some(date.to_owned());
    church.clone_into(&mut document.channel);
    let references = document.references.as_mut().expect("it has references");
    let isaiah = references.iter().find(|one| one.book.name() == "Isaiah").expect("one of Isaiah").clone();
    references.retain(|one| one.book.name() != "Isaiah");
    references.extend(vec![isaiah; isaiahs]);
    document.stats.scripture_references = u64::try_from(isaiahs + 1).expect("small");
    document
}

/// The expected sermons.
#[derive(Default)]
struct Model(BTreeMap<String, Document>);

impl Model {
    fn sermons(&self, period: Period, church: Option<&str>) -> Vec<&Document> {
        let is_in = |document: &&Document| {
            let date = day(&document.published_at.as_deref().expect("a date")[..10]);
            let in_time = match period {
                Period::AllTime => true,
                Period::Days { first, last } => (first..=last).contains(&date),
            };
            in_time && church.is_none_or(|church| document.channel == church)
        };
        self.0.values().filter(is_in).collect()
    }

    fn sums(&self, period: Period, church: Option<&str>) -> PeriodStats {
        let found = self.sermons(period, church);
        let churches: BTreeSet<_> = found.iter().map(|one| &one.channel).filter(|name| !name.is_empty()).collect();
        let books = self.books(period, church).values().filter(|manna| **manna > 0).count();
        let number = |number: usize| i64::try_from(number).expect("small");
        PeriodStats {
            sermons: number(found.len()),
            churches: number(churches.len()),
            manna: found.iter().map(|one| i64::try_from(one.manna(Canon::Protestant)).expect("small")).sum(),
            books: number(books),
            deuterocanonical: 0,
        }
    }

    fn books(&self, period: Period, church: Option<&str>) -> BTreeMap<Book, i64> {
        let mut books = BTreeMap::new();
        for reference in self.sermons(period, church).iter().flat_map(|one| one.references.iter().flatten()) {
            if reference.class == mannameter::domain::Class::Confirmed {
                *books.entry(reference.book).or_default() += 1;
            }
        }
        books
    }
}

async fn stats(harness: &Harness, period: Period, church: Option<&str>) -> CollectionStats {
    let filter = StatsFilter { period, church: church.map(str::to_owned) };
    harness.store.stats(&filter, 3).await.expect("the query succeeds").expect("the church exists")
}

async fn check(harness: &Harness, model: &Model, context: &str) {
    let position = harness.store.stats_position().await.expect("a position");
    assert_eq!(position.store, position.stats, "{context}");
    for period in [
        Period::AllTime,
        period("2025-01-15", "2026-03-20"),
        period("2026-02-01", "2026-02-28"),
        period("2026-02-01", "2026-02-27"),
        period("2026-01-31", "2026-03-01"),
        period("2024-01-01", "2024-12-31"),
        period("2026-02-01", "2026-01-01"),
    ] {
        for church in [None, Some(("grace", "Grace")), Some(("hope", "Hope"))] {
            if let Some((slug, _)) = church
                && harness.store.church(slug).await.expect("the query succeeds").is_none()
            {
                continue;
            }
            let found = stats(harness, period, church.map(|(slug, _)| slug)).await;
            let name = church.map(|(_, name)| name);
            let context = format!("{context}: {period:?} {name:?}");
            assert_eq!(found.current, model.sums(period, name), "{context}");
            assert_eq!(found.previous, period.before().map(|period| model.sums(period, name)), "{context}");
            let cited: BTreeMap<_, _> = found.books.iter().copied().filter(|(_, manna)| *manna > 0).collect();
            assert_eq!((found.books.len(), &cited), (66, &model.books(period, name)), "{context}");
            assert_eq!(found.trend.iter().map(|point| point.sermons).sum::<i64>(), found.current.sermons, "{context}");
            assert_eq!(found.trend.iter().map(|point| point.manna).sum::<i64>(), found.current.manna, "{context}");
            let mut most: Vec<_> = model.sermons(period, name);
            most.sort_by_key(|one| std::cmp::Reverse((one.manna(Canon::Protestant), one.video_id.clone())));
            let most: Vec<_> = most.into_iter().take(3).map(|one| one.video_id.clone()).collect();
            let found_most: Vec<_> = found.top_sermons.iter().map(|one| one.video_id.clone()).collect();
            assert_eq!(found_most, most, "{context}");
        }
    }
}

async fn every_filter_matches_a_plain_count_after_every_kind_of_write(harness: Harness) {
    let mut model = Model::default();
    check(&harness, &model, "nothing").await;
    for (id, church, date, isaiahs, seconds) in [
        ("a", "Grace", "2026-02-01", 3, 1),
        ("b", "Grace", "2026-02-28", 1, 1),
        ("c", "Hope", "2026-01-31", 5, 1),
        ("d", "Hope", "2025-01-15T23:59:59+09:00", 0, 1),
        ("e", "", "2026-02-27", 2, 1),
        ("a", "Grace", "2026-03-01", 4, 2),
        ("a", "Hope", "2026-03-01", 4, 3),
        ("c", "Hope", "2024-12-31", 7, 4),
        ("e", "Hope", "2026-02-27", 0, 5),
    ] {
        let document = sermon(id, church, date, isaiahs, seconds);
        harness.store.save(&save(document.clone())).await.expect("the save succeeds");
        model.0.insert(id.to_owned(), document);
        check(&harness, &model, &format!("{id} of {church:?} on {date}")).await;
    }
    for (policy, seconds, context) in [(KeepNewer, 0, "an older version"), (Replace, 5, "the same version")] {
        let document =
            if policy == KeepNewer { sermon("e", "Grace", "2026-02-02", 9, seconds) } else { model.0["e"].clone() };
        harness.store.save(&SaveRequest { policy, ..save(document) }).await.expect("the save succeeds");
        check(&harness, &model, context).await;
    }
    for gone in ["b", "a", "c", "d", "e"] {
        harness.store.delete_video(&id(gone), new_id(), "admin", at(9)).await.expect("the deletion succeeds");
        model.0.remove(gone);
        check(&harness, &model, &format!("without {gone}")).await;
    }
}

async fn the_trend_has_every_week_with_its_average(harness: Harness) {
    let first = day("2026-01-05");
    for number in 0..8_u64 {
        let date = first + Days::new(number * 3);
        let document = sermon(&format!("v{number}"), "Grace", &date.to_string(), 1, 0);
        harness.store.save(&save(document)).await.expect("the save succeeds");
    }
    let filter = StatsFilter { period: period("2026-01-05", "2026-03-01"), church: None };
    let found = harness.store.stats(&filter, 3).await.expect("the query succeeds").expect("all churches");
    assert_eq!(found.trend_step, TrendStep::Week);
    let sermons: Vec<_> = found.trend.iter().map(|point| point.sermons).collect();
    assert_eq!(sermons, [3, 2, 2, 1, 0, 0, 0, 0]);
    assert_eq!((found.trend[0].average(), found.trend[7].average()), (Some(2.0), None));
    assert_eq!((found.current.average(), found.top_churches[0].average()), (Some(2.0), Some(2.0)));
    let all_time = stats(&harness, Period::AllTime, None).await;
    assert_eq!((all_time.trend_step, all_time.trend.len(), all_time.trend[0].sermons), (TrendStep::Month, 1, 8));
    assert_eq!(most_cited(&all_time.books, 1), [(Book::from_name("Isaiah").expect("a book"), 8)]);
}

async fn top_sermons_are_found_in_short_and_long_periods(harness: Harness) {
    for number in 0..45_u64 {
        let date = day("2026-01-01") + Days::new(number);
        let isaiahs = usize::try_from(number % 7).expect("small");
        harness
            .store
            .save(&save(sermon(&format!("v{number:02}"), "Grace", &date.to_string(), isaiahs, 0)))
            .await
            .expect("the save succeeds");
    }
    for (first, last, expected) in
        [("2026-01-11", "2026-01-12", vec!["v11", "v10"]), ("2026-01-01", "2026-02-14", vec!["v41", "v34", "v27"])]
    {
        for church in [None, Some("grace")] {
            let found = stats(&harness, period(first, last), church).await;
            let ids: Vec<_> = found.top_sermons.iter().map(|one| one.video_id.as_str()).collect();
            assert_eq!(ids, expected, "{first} {church:?}");
        }
    }
}

async fn stale_statistics_are_rebuilt(harness: Harness) {
    let mut model = Model::default();
    for (id, church) in [("a", "Grace"), ("b", "Hope")] {
        let document = sermon(id, church, "2026-02-01", 3, 1);
        harness.store.save(&save(document.clone())).await.expect("the save succeeds");
        model.0.insert(id.to_owned(), document);
    }
    // A writer that does not know about the statistics moves a sermon to another church and takes a write number.
    harness.run("update videos set channel = 'Hope' where video_id = 'a'; update store_state set seq = seq + 1").await;
    "Hope".clone_into(&mut model.0.get_mut("a").expect("the sermon exists").channel);
    let position = harness.store.stats_position().await.expect("a position");
    assert_ne!(position.store, position.stats, "the statistics are stale");
    let state = harness.checked_state().await;
    assert!(harness.store.catch_up_stats().await.expect("catching up succeeds"));
    assert!(!harness.store.catch_up_stats().await.expect("the query succeeds"), "nothing is left to do");
    check(&harness, &model, "caught up").await;
    assert_eq!(harness.checked_state().await, state, "no position was taken");

    // The write number is the same, but in another epoch, as after a restore. The next write rebuilds a small
    // collection.
    harness.run("update store_state set epoch = epoch + 1; delete from period_stats").await;
    let document = sermon("c", "Grace", "2026-02-03", 1, 1);
    harness.store.save(&save(document.clone())).await.expect("the save succeeds");
    model.0.insert("c".to_owned(), document);
    check(&harness, &model, "rebuilt by a write").await;
}

async fn churches_with_similar_names_have_different_and_stable_slugs(harness: Harness) {
    for (number, name) in ["Grace Church", "grace church!", "Grace  Church", "恵み教会", "🙏"].into_iter().enumerate()
    {
        let document = sermon(&format!("v{number}"), name, "2026-02-01", number, 1);
        harness.store.save(&save(document)).await.expect("the save succeeds");
    }
    let slugs = async || -> BTreeMap<String, String> {
        let churches = harness.store.churches(100).await.expect("the query succeeds");
        churches.into_iter().map(|church| (church.name, church.slug)).collect()
    };
    let before = slugs().await;
    assert_eq!(before["Grace Church"], "grace-church");
    assert!(before["grace church!"].starts_with("grace-church-") && before["Grace  Church"].len() > 20);
    assert_eq!((before["恵み教会"].as_str(), before["🙏"].as_str()), ("恵み教会", "church"));
    assert_eq!(before.values().collect::<BTreeSet<_>>().len(), 5);
    harness.run("update store_state set epoch = epoch + 1").await;
    harness.store.catch_up_stats().await.expect("catching up succeeds");
    assert_eq!(slugs().await, before);

    harness.store.delete_video(&id("v0"), new_id(), "admin", at(9)).await.expect("the deletion succeeds");
    let empty = harness.store.church("grace-church").await.expect("the query succeeds").expect("it still has a page");
    let church = Church { slug: "grace-church".to_owned(), name: "Grace Church".to_owned(), sermons: 0, manna: 0 };
    assert_eq!(empty, church);
    assert!(!slugs().await.contains_key("Grace Church"));
    harness.store.save(&save(sermon("v0", "Grace Church", "2026-02-01", 1, 1))).await.expect("the save succeeds");
    assert_eq!(slugs().await, before);
    let named = harness.store.church_by_name("grace church!").await.expect("the query succeeds").expect("there is one");
    assert_eq!(named.slug, before["grace church!"]);
}

async fn sermons_without_a_church_have_a_page_but_are_not_listed(harness: Harness) {
    harness.store.save(&save(sermon("a", "", "2026-02-01", 3, 1))).await.expect("the save succeeds");
    harness.store.save(&save(sermon("b", "Unnamed", "2026-02-01", 3, 1))).await.expect("the save succeeds");
    let all_time = stats(&harness, Period::AllTime, None).await;
    assert_eq!((all_time.current.sermons, all_time.current.churches, all_time.top_churches.len()), (2, 1, 1));
    let slug = all_time.top_sermons.iter().find(|one| one.channel.is_empty()).and_then(|one| one.church_slug.clone());
    let nameless = stats(&harness, Period::AllTime, slug.as_deref()).await;
    let church = nameless.church.expect("it was asked for");
    assert_eq!((church.slug.as_str(), church.name.as_str(), church.sermons), ("unnamed", "", 1));
    assert_eq!(nameless.current.churches, 0);
    let sermons = harness.store.church_sermons("unnamed", 0, 5).await.expect("the query succeeds");
    assert_eq!(sermons.sermons.iter().map(|one| one.video_id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert!(harness.store.church_sermons("unnamed", 1, 5).await.expect("the query succeeds").sermons.is_empty());
    assert!(harness.store.church_sermons("nowhere", 0, 5).await.expect("the query succeeds").sermons.is_empty());
}

async fn a_sermon_with_an_invalid_date_counts_for_the_day_it_was_analyzed(harness: Harness) {
    for (name, date) in [("a", "soon"), ("b", "2026-02-31"), ("c", "é026-02-01"), ("d", ""), ("e", "99999-01-01")] {
        harness.store.save(&save(sermon(name, "Grace", date, 1, 0))).await.expect("the save succeeds");
    }
    let analyzed = Period::Days { first: at(0).date_naive(), last: at(0).date_naive() };
    assert_eq!(stats(&harness, analyzed, None).await.current.sermons, 5);
    harness.store.save(&save(sermon("f", "Grace", "0001-01-01", 1, 0))).await.expect("the save succeeds");
    assert_eq!(stats(&harness, Period::AllTime, None).await.trend.iter().map(|point| point.sermons).sum::<i64>(), 6);
}

async fn an_unknown_church_is_not_found(harness: Harness) {
    harness.store.save(&save(sermon("a", "Grace", "2026-02-01", 3, 1))).await.expect("the save succeeds");
    for slug in ["", "Grace", "no", "grace'; drop table churches; --", "grace\0"] {
        let filter = StatsFilter { period: Period::AllTime, church: Some(slug.to_owned()) };
        assert!(harness.store.stats(&filter, 3).await.expect("the query succeeds").is_none(), "{slug:?}");
        assert!(harness.store.church(slug).await.expect("the query succeeds").is_none(), "{slug:?}");
    }
}

/// The same sermon in Portuguese.
fn unmeasured(document: Document) -> Document {
    let warning = DocumentWarning { code: "not_english".to_owned(), detail: "not measured".to_owned() };
    Document { language: Some("pt".to_owned()), warnings: vec![warning], ..document }
}

async fn sermons_that_are_not_measured_are_in_no_sum(harness: Harness) {
    let mut model = Model::default();
    let measured = sermon("a", "Grace", "2026-02-01", 3, 1);
    harness.store.save(&save(measured.clone())).await.expect("the save succeeds");
    model.0.insert("a".to_owned(), measured);
    let foreign = unmeasured(sermon("b", "Grace", "2026-02-02", 5, 1));
    harness.store.save(&save(foreign.clone())).await.expect("the save succeeds");
    check(&harness, &model, "a sermon in Portuguese").await;

    let page = harness.store.church_sermons("grace", 0, 5).await.expect("the query succeeds");
    let shown: Vec<_> = page.sermons.iter().map(|one| (one.manna, one.suspect, one.not_measured.as_deref())).collect();
    assert_eq!(shown[0], (None, None, Some("not measured: this is Portuguese")));
    assert_eq!((page.total, shown[1].0), (2, Some(4)), "{shown:?}");
    assert_eq!(harness.query("select count(*) from mentions where video_id = 'b'").await, 0);

    harness.run("update stats_state set seq = -1 where id = 1").await;
    assert!(harness.store.catch_up_stats().await.expect("catching up succeeds"));
    check(&harness, &model, "rebuilt").await;

    for (seconds, is_measured) in [(2, true), (3, false)] {
        let document = sermon("b", "Grace", "2026-02-02", 5, seconds);
        if is_measured {
            model.0.insert("b".to_owned(), document.clone());
        } else {
            model.0.remove("b");
        }
        let document = if is_measured { document } else { unmeasured(document) };
        harness.store.save(&save(document)).await.expect("the save succeeds");
        check(&harness, &model, &format!("measured again: {is_measured}")).await;
    }
    harness.store.delete_video(&id("b"), new_id(), "admin", at(9)).await.expect("the deletion succeeds");
    check(&harness, &model, "deleted").await;
    assert_eq!(harness.query("select count(*) from unmeasured_sermons").await, 0);
}
