//! Verses and chapters without a book.

use crate::sentences;

sentences! {
    a_bare_verse_belongs_to_the_previous_passage: "Open to Romans 8. Look at verse 28." => ["Rom.8", "~Rom.8.28"];
    a_bare_chapter_belongs_to_the_previous_book: "We are in Ephesians. In chapter 2 he says by grace." => ["Eph", "~Eph.2"];
    a_bare_chapter_and_verse: "We are in Ephesians. In chapter 2 verse 8 he says by grace." => ["Eph", "~Eph.2.8"];
    a_bare_verse_follows_a_bare_chapter: "The book of Daniel is next. In chapter 6, he prays. Verse 10 says it." => ["Dan", "~Dan.6", "~Dan.6.10"];
    a_range_of_bare_verses: "Turn to Luke 15. Verses 11 to 13 set the scene." => ["Luke.15", "~Luke.15.11-Luke.15.13"];
    several_bare_verses: "Turn to Luke 15. In verses 4, 8 and 20 he seeks." => ["Luke.15", "~Luke.15.4", "~Luke.15.8", "~Luke.15.20"];
    an_ordinal_verse: "Turn to Luke 15. In the seventh verse there is joy." => ["Luke.15", "~Luke.15.7"];
    a_bare_verse_without_a_space: "Turn to Luke 15. And verse7 says joy." => ["Luke.15", "~Luke.15.7"];
    a_bare_number_pair: "Isaiah chapter 40 is comfort. I am reading 40:8 now." => ["Isa.40", "~Isa.40.8"];
    a_bare_chapter_before_the_word_verse: "Isaiah 40 is comfort. The poem goes on in 41 verse 10." => ["Isa.40", "~Isa.41.10"];
    a_time_is_not_a_number_pair: "Turn to Luke 10. We close at 10:30 today." => ["Luke.10"];
    a_verse_belongs_to_the_latest_passage_that_has_it:
        "We are in Psalm 119. As Psalm 117 says, praise him. Verse 105 is about a lamp." => ["Ps.119", "Ps.117", "~Ps.119.105"];
    the_next_verse_continues_the_reading_after_an_aside:
        "Turn to Romans 8. Verse 1 says no condemnation. Verse 2 says the law of the Spirit. Like John 3:16 says. Now verse 3." =>
        ["Rom.8", "~Rom.8.1", "~Rom.8.2", "John.3.16", "~Rom.8.3"];
    back_in_our_text_returns_to_the_main_passage: "Turn to Romans 8. Verse 1, verse 5, verse 9 say it. Isaiah 53 too. But back in our text, verse 11 says it." =>
        ["Rom.8", "~Rom.8.1", "~Rom.8.5", "~Rom.8.9", "Isa.53", "~Rom.8.11"];
    a_verse_of_a_hymn_is_not_a_reference: "Turn to Romans 8. Now sing verse 3 of the hymn." => ["Rom.8"];
    a_chapter_of_another_work_is_not_a_reference: "Turn to Romans 8. Lewis says in chapter 3 of The Great Divorce." => ["Rom.8"];
    naming_another_book_does_not_change_the_chapter: "We are in 1 Corinthians 7. Marriage began in Genesis. But verse 26 speaks of a crisis." =>
        ["1Cor.7", "Gen", "~1Cor.7.26"];
    a_number_of_verses_is_a_count: "Turn to Romans 8. I want to read two verses and then 5 verses." => ["Rom.8"];
    verse_by_verse_is_not_a_reference: "Turn to Romans 8. We go verse by verse." => ["Rom.8"];
    the_chapter_may_follow_a_bare_verse: "We study Isaiah. Go to verse 4 of chapter 42." => ["Isa", "~Isa.42.4"];
    our_psalm_is_not_a_new_reference: "We read Psalm 46. This is the final verses 10 and 11 of our psalm." => ["Ps.46", "~Ps.46.10-Ps.46.11"];
    a_verse_cited_in_passing_is_not_followed_by_an_earlier_one:
        "Turn to Mark 4. Verse 3, verse 5, verse 7 are about seed. Like Hosea 10:12, break up your fallow ground, it is time to seek the Lord. So look at verse 8." =>
        ["Mark.4", "~Mark.4.3", "~Mark.4.5", "~Mark.4.7", "Hos.10.12", "~Mark.4.8"];
    a_verse_right_after_a_chapter_belongs_to_it:
        "Turn to Mark 4. Verse 3, verse 5, verse 7 are about seed. It is like Hosea 10. Verse 8 says thorns." =>
        ["Mark.4", "~Mark.4.3", "~Mark.4.5", "~Mark.4.7", "Hos.10", "~Hos.10.8"];
    an_earlier_verse_in_the_same_breath_belongs_to_the_same_chapter:
        "Turn to Mark 4. Verse 3, verse 5, verse 7. And Hosea 10, not verse 12 but verse 3." =>
        ["Mark.4", "~Mark.4.3", "~Mark.4.5", "~Mark.4.7", "Hos.10", "~Hos.10.12", "~Hos.10.3"];
    naming_the_book_returns_to_its_chapter:
        "Turn to Galatians 4. Verse 3, verse 5, verse 7. Now Hosea 10 says it too. But back to Galatians. Verse 14 is about welcome." =>
        ["Gal.4", "~Gal.4.3", "~Gal.4.5", "~Gal.4.7", "Hos.10", "Gal", "~Gal.4.14"];
    returning_to_a_name_means_the_book_if_it_was_cited:
        "Turn to Joel 2. Verse 3, verse 5, verse 7. Now Hosea 10 says it too. But back to Joel. Verse 9 is next." =>
        ["Joel.2", "~Joel.2.3", "~Joel.2.5", "~Joel.2.7", "Hos.10", "Joel", "~Joel.2.9"];
    after_looking_back_the_reading_continues_where_it_was:
        "Turn to Mark 4. Verse 3, verse 5, verse 14, and verse 11 again. Like Hosea 10:12, break up your fallow ground, it is time to seek the Lord. And so verse 15." =>
        ["Mark.4", "~Mark.4.3", "~Mark.4.5", "~Mark.4.14", "~Mark.4.11", "Hos.10.12", "~Mark.4.15"];
    parallel_passages_are_an_aside:
        "We are in Mark 4 today. You know it from Matthew 13 and Luke 8, and all three of them tell it with great care. It begins in verse 3. That is Mark 4, the sower." =>
        ["Mark.4", "Matt.13", "Luke.8", "~Mark.4.3", "Mark.4"];
    a_bare_verse_may_belong_to_a_book_of_one_chapter: "Today we read Jude. In verse 24 there is a doxology." => ["Jude", "~Jude.1.24"];
}

#[test]
fn an_old_passage_is_forgotten() {
    let text = format!("Turn to Romans 8. {} Look at verse 28.", "He told us a long story. ".repeat(1000));
    assert_eq!(crate::cited(&text), ["Rom.8"]);
}

#[test]
fn the_main_passage_is_not_forgotten() {
    let opening = "Turn to Romans 8. Verse 1 is good. Verse 2 is good. Verse 3 is good.";
    let text = format!("{opening} {} Look at verse 28.", "He told us a long story. ".repeat(1000));
    assert_eq!(crate::cited(&text).last().map(String::as_str), Some("~Rom.8.28"));
}
