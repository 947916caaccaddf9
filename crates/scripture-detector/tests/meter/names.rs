//! Book names: alone, with an ordinal, or introduced as a book.

use crate::sentences;

sentences! {
    the_book_of: "We are starting a series in the book of Haggai." => ["Hag"];
    the_gospel_of: "The gospel of Luke is about outsiders." => ["Luke"];
    the_gospel_according_to: "A reading from the gospel according to Mark." => ["Mark"];
    the_gospel_according_to_saint: "Hear the gospel according to St. Matthew." => ["Matt"];
    a_gospel_after_the_name_of_its_author: "John's gospel is the last of the four." => ["John"];
    the_letter_to_the: "Paul's letter to the Romans is his longest." => ["Rom"];
    the_epistle_of: "The epistle of James was disliked by Luther." => ["Jas"];
    the_prophecy_of: "We turn to the prophecy of Zephaniah." => ["Zeph"];
    the_first_letter_to_the: "His first letter to the Corinthians was hard to read." => ["1Cor"];
    the_second_epistle_to: "In the second letter to Timothy Paul is in prison." => ["2Tim"];
    a_title_stands_alone: "Genesis opens with a garden and Leviticus with an altar." => ["Gen", "Lev"];
    in_a_prophet: "The promise is there in Isaiah." => ["Isa"];
    a_book_before_a_clause: "As we see in Ezekiel, the glory departs." => ["Ezek"];
    through_a_book: "We have been walking through Nehemiah since May." => ["Neh"];
    turn_to_a_book: "If you have your Bibles turn to Habakkuk." => ["Hab"];
    turn_over_to_a_letter: "Now go over to Colossians with me." => ["Col"];
    study_a_book: "On Wednesday we study Philippians." => ["Phil"];
    an_author_is_quoted: "James says, count it all joy." => ["Jas"];
    an_author_is_quoted_with_as: "As Isaiah wrote, the people walked in darkness." => ["Isa"];
    a_letter_is_quoted: "Hebrews says that he is the same." => ["Heb"];
    a_numbered_letter_stands_alone: "Second Timothy is his last letter." => ["2Tim"];
    a_numbered_letter_with_a_digit: "It comes from 1 Peter, written to exiles." => ["1Pet"];
    an_ordinal_with_a_suffix: "1st Samuel 16:7 says man looks at the outside." => ["1Sam.16.7"];
    a_roman_ordinal: "II Corinthians 5:17 and I John 1:9." => ["2Cor.5.17", "1John.1.9"];
    a_cardinal_number_as_ordinal: "Turn to two Timothy two fifteen." => ["2Tim.2.15"];
    first_and_second: "We read First and Second Samuel this summer." => ["1Sam", "2Sam"];
    first_and_second_in_digits: "The books of 1 and 2 Kings cover four centuries." => ["1Kgs", "2Kgs"];
    one_john_is_not_john: "1 John 4:19 says we love." => ["1John.4.19"];
    third_john: "Third John is a short note." => ["3John"];
    song_of_solomon: "Song of Solomon 8:7 says many waters." => ["Song.8.7"];
    song_of_songs: "The Song of Songs is about love." => ["Song"];
    psalms_as_a_book: "Jesus prayed the Psalms." => ["Ps"];
    psalm_with_a_number_in_lower_case: "he read psalm 100 aloud to the Church in Rome" => ["Ps.100"];
    revelations_means_revelation: "They love to argue over Revelations 20." => ["Rev.20"];
    revelation_as_a_book: "The church in Revelation had lost its first love." => ["Rev"];
    acts_of_the_apostles_as_a_book: "It is in the book of Acts of the Apostles chapter 2." => ["Acts.2"];
    acts_with_a_number: "Acts 17:11 praises the Bereans." => ["Acts.17.11"];
    numbers_as_a_book: "In Numbers 6:24 there is a blessing." => ["Num.6.24"];
    judges_as_a_book: "The book of Judges ends badly." => ["Judg"];
    job_as_a_book: "The book of Job asks why." => ["Job"];
    job_with_a_number: "I know that my redeemer lives, Job 19:25." => ["Job.19.25"];
    kings_without_an_ordinal_means_the_one_that_has_the_chapter: "In Kings 23 Josiah finds the law." => ["2Kgs.23"];
    corinthians_without_an_ordinal_means_the_one_cited_before: "We are in 2 Corinthians 5. So in Corinthians 5:17 we are new." =>
        ["2Cor.5", "2Cor.5.17"];
    two_books_joined_by_and: "Read the books of Ezra and Nehemiah together." => ["Ezra", "Neh"];
    a_list_of_the_four_gospels: "Matthew, Mark, Luke and John tell it." => ["Matt", "Mark", "Luke", "John"];
    a_list_of_prophets: "Hosea, Joel, Amos, Obadiah are small books." => ["Hos", "Joel", "Amos", "Obad"];
    the_end_of_a_book: "At the end of Ecclesiastes he says fear God." => ["Eccl"];
    the_author_of: "The author of Hebrews knew the temple." => ["Heb"];
    a_lower_case_title_after_book_of: "so in the book of numbers the people complain" => ["Num"];
    saint_before_the_gospel: "St. John 3:16 is known to all." => ["John.3.16"];
    two_letters_joined_by_and: "In Romans and Galatians Paul argues it." => ["Rom", "Gal"];
    the_letter_of_an_apostle_to_a_church: "Open the letter of Paul to the Galatians." => ["Gal"];
    an_author_in_a_question: "Doesn't James say that we stumble in many ways?" => ["Jas"];
    the_pattern_of_a_book: "We see the whole pattern of Exodus here." => ["Exod"];
}
