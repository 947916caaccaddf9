//! Book names as speech recognition mishears them.

use crate::sentences;

sentences! {
    act_for_acts: "Peter preached in act 2 38 to the crowd" => ["Acts.2.38"];
    palm_for_psalm: "The Lord is my shepherd, Palm 23." => ["Ps.23"];
    palms_for_psalms: "Look at Palms 34 verse 8 and taste." => ["Ps.34.8"];
    filipinos_for_philippians: "I can do all things, Filipinos 4:13." => ["Phil.4.13"];
    philippines_for_philippians: "As in Philippines chapter 2 verse 5." => ["Phil.2.5"];
    collossians_with_two_ls: "Collossians 3:23 says work heartily." => ["Col.3.23"];
    galations_with_an_o: "We read Galations 5:1 on freedom." => ["Gal.5.1"];
    he_brews_for_hebrews: "And he brews 11:1 defines faith." => ["Heb.11.1"];
    hebrew_for_hebrews: "In Hebrew chapter 12 verse 2 we look to Jesus." => ["Heb.12.2"];
    roman_for_romans: "That is Roman 8:1." => ["Rom.8.1"];
    romance_for_romans: "It is romance 12:2 about the mind" => ["Rom.12.2"];
    ecclesiastics_for_ecclesiastes: "There is a time, Ecclesiastics 3:1." => ["Eccl.3.1"];
    corinthian_for_corinthians: "First Corinthian 10:13 says he is faithful." => ["1Cor.10.13"];
    thessalonian_for_thessalonians: "In second Thessalonian 3:10." => ["2Thess.3.10"];
    ephesian_for_ephesians: "Put on the armour, Ephesian 6:11." => ["Eph.6.11"];
    proverb_for_proverbs: "Proverb 22:6 on raising a child." => ["Prov.22.6"];
    isiah_for_isaiah: "Isiah 9:6 names him." => ["Isa.9.6"];
    habakuk_with_one_k: "The just shall live, Habakuk 2:4." => ["Hab.2.4"];
    zachariah_for_zechariah: "Not by might, Zachariah 4:6." => ["Zech.4.6"];
    malachai_for_malachi: "Bring the tithe, Malachai 3:10." => ["Mal.3.10"];
    versus_for_verses: "Psalm 37 versus 4 says delight." => ["Ps.37.4"];
    psalms_for_a_single_psalm: "Read Psalms 51 verse 10." => ["Ps.51.10"];
    abbreviations_of_chapter_and_verse: "Matthew ch 5 v 9 on peace." => ["Matt.5.9"];
}
