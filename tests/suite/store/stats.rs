//! Sums over periods and churches: what the dashboard shows, against a plain count of the same sermons.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use mannameter::{
    domain::{Book, Document},
    store::{
        Church, CollectionStats, StatsFilter, Period,
        SavePolicy::{KeepNewer, Replace},
        SaveVideo, PeriodStats, TrendStep,
    },
};

use crate::store::harness::{Harness, at, contract, document, id, save};

contract! {
    every_filter_gives_what_a_plain_count_gives_after_every_kind_of_write,
    the_trend_has_every_week_and_the_averages_of_its_sermons,
    the_few_sermons_of_a_short_time_are_found_among_many,
    sums_that_a_write_passed_by_are_counted_anew,
    what_was_there_before_the_sums_is_counted_by_the_migration,
    churches_that_look_alike_have_addresses_of_their_own_and_keep_them,
    a_sermon_without_a_church_is_in_no_list_of_churches_and_has_its_page,
    a_sermon_whose_date_is_nonsense_is_dated_by_its_analysis,
    an_unknown_church_is_none,
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn period(first: &str, last: &str) -> Period {
    Period::Days { first: day(first), last: day(last) }
}

/// A sermon of a church on a day, with a number of references to Isaiah beside one to John.
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

/// The sermons that must be there.
#[derive(Default)]
struct Model(BTreeMap<String, Document>);

impl Model {
    fn under(&self, period: Period, church: Option<&str>) -> Vec<&Document> {
        let is_in = |document: &&Document| {
            let date = day(&document.published_at.as_deref().expect("a date")[..10]);
            let in_time = match period {
                Period::Ever => true,
                Period::Days { first, last } => (first..=last).contains(&date),
            };
            in_time && church.is_none_or(|church| document.channel == church)
        };
        self.0.values().filter(is_in).collect()
    }

    fn sums(&self, period: Period, church: Option<&str>) -> PeriodStats {
        let found = self.under(period, church);
        let churches: BTreeSet<_> = found.iter().map(|one| &one.channel).filter(|name| !name.is_empty()).collect();
        let books = self.books(period, church).values().filter(|manna| **manna > 0).count();
        let number = |number: usize| i64::try_from(number).expect("small");
        PeriodStats {
            sermons: number(found.len()),
            churches: number(churches.len()),
            manna: found.iter().map(|one| i64::try_from(one.manna()).expect("small")).sum(),
            books: number(books),
        }
    }

    fn books(&self, period: Period, church: Option<&str>) -> BTreeMap<Book, i64> {
        let mut books = BTreeMap::new();
        for reference in self.under(period, church).iter().flat_map(|one| one.references.iter().flatten()) {
            if reference.class == mannameter::domain::Class::Confirmed {
                *books.entry(reference.book).or_default() += 1;
            }
        }
        books
    }
}

async fn stats(harness: &Harness, period: Period, church: Option<&str>) -> CollectionStats {
    let filter = StatsFilter { period, church: church.map(str::to_owned) };
    harness.store.stats(&filter, 3).await.expect("an answer").expect("there is such a church")
}

async fn check(harness: &Harness, model: &Model, what: &str) {
    let standing = harness.store.standing().await.expect("a standing");
    assert_eq!(standing.state, standing.sums, "{what}");
    for period in [
        Period::Ever,
        period("2025-01-15", "2026-03-20"),
        period("2026-02-01", "2026-02-28"),
        period("2026-02-01", "2026-02-27"),
        period("2026-01-31", "2026-03-01"),
        period("2024-01-01", "2024-12-31"),
        period("2026-02-01", "2026-01-01"),
    ] {
        for church in [None, Some(("grace", "Grace")), Some(("hope", "Hope"))] {
            if let Some((slug, _)) = church
                && harness.store.church(slug).await.expect("an answer").is_none()
            {
                continue;
            }
            let found = stats(harness, period, church.map(|(slug, _)| slug)).await;
            let name = church.map(|(_, name)| name);
            let what = format!("{what}: {period:?} {name:?}");
            assert_eq!(found.now, model.sums(period, name), "{what}");
            assert_eq!(found.before, period.before().map(|period| model.sums(period, name)), "{what}");
            let cited: BTreeMap<_, _> = found.books.iter().copied().filter(|(_, manna)| *manna > 0).collect();
            assert_eq!((found.books.len(), &cited), (66, &model.books(period, name)), "{what}");
            assert_eq!(found.trend.iter().map(|point| point.sermons).sum::<i64>(), found.now.sermons, "{what}");
            assert_eq!(found.trend.iter().map(|point| point.manna).sum::<i64>(), found.now.manna, "{what}");
            let mut most: Vec<_> = model.under(period, name);
            most.sort_by_key(|one| std::cmp::Reverse((one.manna(), one.video_id.clone())));
            let most: Vec<_> = most.into_iter().take(3).map(|one| one.video_id.clone()).collect();
            let found_most: Vec<_> = found.top_sermons.iter().map(|one| one.video_id.clone()).collect();
            assert_eq!(found_most, most, "{what}");
        }
    }
}

async fn every_filter_gives_what_a_plain_count_gives_after_every_kind_of_write(harness: Harness) {
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
        harness.store.save(&save(document.clone())).await.expect("it is saved");
        model.0.insert(id.to_owned(), document);
        check(&harness, &model, &format!("{id} of {church:?} on {date}")).await;
    }
    for (policy, seconds, what) in [(KeepNewer, 0, "an older one"), (Replace, 5, "the same one")] {
        let document =
            if policy == KeepNewer { sermon("e", "Grace", "2026-02-02", 9, seconds) } else { model.0["e"].clone() };
        harness.store.save(&SaveVideo { policy, ..save(document) }).await.expect("it is taken");
        check(&harness, &model, what).await;
    }
    for gone in ["b", "a", "c", "d", "e"] {
        harness.store.delete_video(&id(gone), "admin", at(9)).await.expect("it is deleted");
        model.0.remove(gone);
        check(&harness, &model, &format!("without {gone}")).await;
    }
}

async fn the_trend_has_every_week_and_the_averages_of_its_sermons(harness: Harness) {
    let first = day("2026-01-05");
    for number in 0..8_u64 {
        let date = first + Days::new(number * 3);
        let document = sermon(&format!("v{number}"), "Grace", &date.to_string(), 1, 0);
        harness.store.save(&save(document)).await.expect("it is saved");
    }
    let filter = StatsFilter { period: period("2026-01-05", "2026-03-01"), church: None };
    let found = harness.store.stats(&filter, 3).await.expect("an answer").expect("all churches");
    assert_eq!(found.trend_step, TrendStep::Week);
    let sermons: Vec<_> = found.trend.iter().map(|point| point.sermons).collect();
    assert_eq!(sermons, [3, 2, 2, 1, 0, 0, 0, 0]);
    assert_eq!((found.trend[0].average(), found.trend[7].average()), (Some(2.0), None));
    assert_eq!((found.now.average(), found.top_churches[0].average()), (Some(2.0), Some(2.0)));
    let ever = stats(&harness, Period::Ever, None).await;
    assert_eq!((ever.trend_step, ever.trend.len(), ever.trend[0].sermons), (TrendStep::Month, 1, 8));
    assert_eq!(ever.top_books(1), [(Book::from_name("Isaiah").expect("a book"), 8)]);
}

async fn the_few_sermons_of_a_short_time_are_found_among_many(harness: Harness) {
    for number in 0..45_u64 {
        let date = day("2026-01-01") + Days::new(number);
        let isaiahs = usize::try_from(number % 7).expect("small");
        harness
            .store
            .save(&save(sermon(&format!("v{number:02}"), "Grace", &date.to_string(), isaiahs, 0)))
            .await
            .expect("it is saved");
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

async fn sums_that_a_write_passed_by_are_counted_anew(harness: Harness) {
    let mut model = Model::default();
    for (id, church) in [("a", "Grace"), ("b", "Hope")] {
        let document = sermon(id, church, "2026-02-01", 3, 1);
        harness.store.save(&save(document.clone())).await.expect("it is saved");
        model.0.insert(id.to_owned(), document);
    }
    // A release that does not know the sums gives a sermon to another church and takes a position.
    harness.run("update videos set channel = 'Hope' where video_id = 'a'; update store_state set seq = seq + 1").await;
    "Hope".clone_into(&mut model.0.get_mut("a").expect("it is there").channel);
    let standing = harness.store.standing().await.expect("a standing");
    assert_ne!(standing.state, standing.sums, "everybody can see that the sums are those of before");
    let state = harness.checked_state().await;
    assert!(harness.store.catch_up_stats().await.expect("it is counted"));
    assert!(!harness.store.catch_up_stats().await.expect("an answer"), "there is nothing left to do");
    check(&harness, &model, "caught up").await;
    assert_eq!(harness.checked_state().await, state, "the position stays");

    // As after a restore: another epoch at the same position. A small database is counted by the next write.
    harness.run("update store_state set epoch = epoch + 1; delete from bucket_sums").await;
    let document = sermon("c", "Grace", "2026-02-03", 1, 1);
    harness.store.save(&save(document.clone())).await.expect("it is saved");
    model.0.insert("c".to_owned(), document);
    check(&harness, &model, "counted by a write").await;
}

async fn what_was_there_before_the_sums_is_counted_by_the_migration(harness: Harness) {
    let mut model = Model::default();
    for (id, church) in [("a", "Grace"), ("b", "Hope"), ("c", "Hope")] {
        let document = sermon(id, church, "2026-02-01", 3, 1);
        harness.store.save(&save(document.clone())).await.expect("it is saved");
        model.0.insert(id.to_owned(), document);
    }
    // The schema as it was before: what a later migration makes has to go here as well.
    harness
        .run(
            "drop table insight_state; drop table churches; drop table sermons; drop table bucket_sums;
            drop table bucket_books; drop index mentions_by_place; drop index mentions_across_chapters;
            drop table spoken_state; drop table spoken; drop table spoken_words;
            drop table maintenance; drop table orphan_transcripts; drop index videos_by_checksum;
            drop table staged_videos; drop table staged_changes;
            delete from _sqlx_migrations where version >= 7",
        )
        .await;
    let newer = Harness::on(crate::store::harness::store_at(&harness.url));
    let ran = newer.store.migrate().await.expect("it migrates");
    assert_eq!(ran[..2], ["0007_insight", "0008_spoken"]);
    check(&newer, &model, "migrated").await;
    assert_eq!(newer.store.catch_up_search_index().await.expect("they are made"), 3);
}

async fn churches_that_look_alike_have_addresses_of_their_own_and_keep_them(harness: Harness) {
    for (number, name) in ["Grace Church", "grace church!", "Grace  Church", "恵み教会", "🙏"].into_iter().enumerate()
    {
        let document = sermon(&format!("v{number}"), name, "2026-02-01", number, 1);
        harness.store.save(&save(document)).await.expect("it is saved");
    }
    let slugs = async || -> BTreeMap<String, String> {
        let churches = harness.store.churches(100).await.expect("an answer");
        churches.into_iter().map(|church| (church.name, church.slug)).collect()
    };
    let before = slugs().await;
    assert_eq!(before["Grace Church"], "grace-church");
    assert!(before["grace church!"].starts_with("grace-church-") && before["Grace  Church"].len() > 20);
    assert_eq!((before["恵み教会"].as_str(), before["🙏"].as_str()), ("恵み教会", "church"));
    assert_eq!(before.values().collect::<BTreeSet<_>>().len(), 5);
    harness.run("update store_state set epoch = epoch + 1").await;
    harness.store.catch_up_stats().await.expect("it is counted");
    assert_eq!(slugs().await, before);

    harness.store.delete_video(&id("v0"), "admin", at(9)).await.expect("it is deleted");
    let empty = harness.store.church("grace-church").await.expect("an answer").expect("it is still known");
    let gone = Church { slug: "grace-church".to_owned(), name: "Grace Church".to_owned(), sermons: 0, manna: 0 };
    assert_eq!(empty, gone);
    assert!(!slugs().await.contains_key("Grace Church"));
    harness.store.save(&save(sermon("v0", "Grace Church", "2026-02-01", 1, 1))).await.expect("it is saved");
    assert_eq!(slugs().await, before);
    let named = harness.store.church_named("grace church!").await.expect("an answer").expect("there is one");
    assert_eq!(named.slug, before["grace church!"]);
}

async fn a_sermon_without_a_church_is_in_no_list_of_churches_and_has_its_page(harness: Harness) {
    harness.store.save(&save(sermon("a", "", "2026-02-01", 3, 1))).await.expect("it is saved");
    harness.store.save(&save(sermon("b", "Unnamed", "2026-02-01", 3, 1))).await.expect("it is saved");
    let ever = stats(&harness, Period::Ever, None).await;
    assert_eq!((ever.now.sermons, ever.now.churches, ever.top_churches.len()), (2, 1, 1));
    let slug = ever.top_sermons.iter().find(|one| one.channel.is_empty()).and_then(|one| one.church_slug.clone());
    let nameless = stats(&harness, Period::Ever, slug.as_deref()).await;
    let church = nameless.church.expect("it was asked for");
    assert_eq!((church.slug.as_str(), church.name.as_str(), church.sermons), ("unnamed", "", 1));
    assert_eq!(nameless.now.churches, 0);
    let sermons = harness.store.sermons_of_church("unnamed", 0, 5).await.expect("an answer");
    assert_eq!(sermons.iter().map(|one| one.video_id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert!(harness.store.sermons_of_church("unnamed", 1, 5).await.expect("an answer").is_empty());
    assert!(harness.store.sermons_of_church("nowhere", 0, 5).await.expect("an answer").is_empty());
}

async fn a_sermon_whose_date_is_nonsense_is_dated_by_its_analysis(harness: Harness) {
    for (name, date) in [("a", "soon"), ("b", "2026-02-31"), ("c", "é026-02-01"), ("d", ""), ("e", "99999-01-01")] {
        harness.store.save(&save(sermon(name, "Grace", date, 1, 0))).await.expect("it is saved");
    }
    let analyzed = Period::Days { first: at(0).date_naive(), last: at(0).date_naive() };
    assert_eq!(stats(&harness, analyzed, None).await.now.sermons, 5);
    harness.store.save(&save(sermon("f", "Grace", "0001-01-01", 1, 0))).await.expect("it is saved");
    assert_eq!(stats(&harness, Period::Ever, None).await.trend.iter().map(|point| point.sermons).sum::<i64>(), 6);
}

async fn an_unknown_church_is_none(harness: Harness) {
    harness.store.save(&save(sermon("a", "Grace", "2026-02-01", 3, 1))).await.expect("it is saved");
    for slug in ["", "Grace", "no", "grace'; drop table churches; --", "grace\0"] {
        let filter = StatsFilter { period: Period::Ever, church: Some(slug.to_owned()) };
        assert!(harness.store.stats(&filter, 3).await.expect("an answer").is_none(), "{slug:?}");
        assert!(harness.store.church(slug).await.expect("an answer").is_none(), "{slug:?}");
    }
}
