//! The sentences that talks are built from.
//!
//! `{noun}`, `{opposite}` and `{image}` come from the theme. `{friend}` and `{other}` are names; a friend may have the
//! name of a book of the Bible. `{main}`, `{verse}`, `{ref}` and `{book}` are references.

/// Opening sentences.
pub(super) const OPENINGS: [&str; 8] = [
    "Good morning, everybody, and a warm welcome if you are here for the first time.",
    "It is good to see you all on a day when the weather gave us every reason to stay in bed.",
    "Thank you to the band, and thank you to {friend} who put out every one of these chairs.",
    "For those who follow us at home, we are glad that you are with us.",
    "Today we go on thinking about {noun}, and I want to begin with a confession.",
    "I have wanted to preach on {noun} for a long time and I kept putting it off.",
    "Before we open our Bibles, let us be quiet for a moment and ask for help.",
    "Lord, take away what is only noise, and let us hear what you want to say to us about {noun}.",
];

/// Sentences that introduce the main passage.
pub(super) const READINGS: [&str; 8] = [
    "Please turn with me to {main}.",
    "Our text this morning is {main}.",
    "If you have a Bible, open it at {main}.",
    "The reading comes from {main}.",
    "We are still in {main}, and we will stay there for a while.",
    "Let us go back to {main} and read slowly.",
    "Keep a finger in {main}, because everything today hangs on it.",
    "I am reading from {main}.",
];

/// Sentences that cite single verses of the main passage, right after it is introduced.
pub(super) const VERSES: [&str; 10] = [
    "Look at {verse}.",
    "In {verse} the whole mood changes.",
    "Now go on to {verse}, because that is where {noun} comes in.",
    "And {verse} tells us why.",
    "I underlined {verse} years ago and I still do not live it.",
    "Notice what {verse} does not say.",
    "Then in {verse} somebody finally answers.",
    "Read {verse} again at home and take your time over it.",
    "The little word at the start of {verse} carries the weight.",
    "By {verse} nobody in the story is laughing any more.",
];

/// Sentences that cite other passages.
pub(super) const CROSS_REFERENCES: [&str; 24] = [
    "You find the same thing in {ref}.",
    "That is why {ref} has been such a comfort to me.",
    "Write down {ref} and read it tonight.",
    "Compare that with {ref}, where it is put the other way round.",
    "My grandmother had {ref} stitched on a cushion.",
    "The apostle comes back to this in {ref}.",
    "Hold that beside {ref} and you begin to see a pattern.",
    "We read in {ref} that God had this in mind from the start.",
    "There is a promise about {noun} in {ref}.",
    "If you think that this is a small matter, read {ref}.",
    "Somebody asked me after the early service about {ref}.",
    "Remember what we saw last month in {ref}.",
    "And Scripture says as much in {ref}.",
    "I love how {ref} puts it.",
    "Turn over to {ref} for a moment.",
    "It is written in {ref}, and it was not written for decoration.",
    "When we were in hospital, {ref} was all that I could pray.",
    "The answer, I believe, is in {ref}.",
    "Go with me to {ref}.",
    "Jesus knew these words, and he lived them, as you can read in {ref}.",
    "According to {ref}, nobody is left out of this.",
    "In {ref} the Lord says something that I would never have dared to say.",
    "Look it up yourselves in {ref}.",
    "Let me read you just one line from {ref}.",
];

/// Sentences that cite entire books.
pub(super) const WHOLE_BOOKS: [&str; 7] = [
    "You could read {book} from end to end with this one question.",
    "It runs like a thread through {book}.",
    "People tell me that {book} is hard, and they are right.",
    "I spent last summer in {book} and came out another person.",
    "That is the great surprise of {book}.",
    "Our house group is reading {book} at the moment.",
    "Nobody who has read {book} can say that God is far away.",
];

/// Stories without references.
pub(super) const STORIES: [&str; 26] = [
    "Last week {friend} rang me from the hospital car park and could hardly speak.",
    "{friend} and {other} have run our kitchen for eleven years and I have never heard them raise their voices.",
    "I was fixing the fence with {friend} when the whole thing fell into the road.",
    "When I was nine my father took me fishing with {friend} from next door, and we caught nothing at all.",
    "{friend} told me that I could use this story as long as I left out the bit about the ladder.",
    "There was a man in my first church, I will call him {friend}, who never missed a Sunday.",
    "You all know {friend}, who plays the drums.",
    "My neighbor {friend} keeps bees, and bees have no time for {opposite}.",
    "Our son {friend} asked at breakfast whether God is ever tired.",
    "So {friend} lost her job in March, and for weeks she told nobody.",
    "He got the job done, and he got it done before the rain.",
    "A good job is a gift, but it makes a poor master.",
    "The numbers were down that year and the treasurer did not sleep.",
    "There are acts of kindness that nobody will ever hear about.",
    "The Romans built roads that you can still walk on today.",
    "A judge in our town used to say that judges should go barefoot once a year.",
    "{friend} kept an old map in the glove box and would not hear of anything newer.",
    "We had forty guests, three chickens, and {friend} on the piano.",
    "I once waited four hours for a train with {other} and learned more than in a year of lectures.",
    "You could see the mark on the wall where the flood had been.",
    "{friend} said to me that {noun} is like {image}, and I have not been able to forget it.",
    "There is a bench by the river where {other} used to sit after the funeral.",
    "In the end {friend} wrote the letter, and it took three stamps and twenty years.",
    "They kept the shop open through the strike, the flood and two recessions.",
    "It was {other} who noticed that the old lady on the second row had stopped coming.",
    "We laughed so much that the verger came in to see what was wrong.",
];

/// Sentences that teach about the theme.
pub(super) const TEACHINGS: [&str; 46] = [
    "I want to say three things about {noun} this morning, and the first is the shortest.",
    "{opposite} promises a great deal and delivers very little.",
    "Think of {image}.",
    "You cannot buy {noun}, and you cannot fake it for long.",
    "We say that we want {noun}, but we arrange our weeks around {opposite}.",
    "It begins small, it begins at home, and it usually begins when nobody is watching.",
    "Nobody in this passage has earned anything.",
    "The crowd expected one thing and God did another.",
    "I do not say this to make you feel guilty.",
    "If that is you today, you are not the only one in this room.",
    "The word that is used here is an ordinary word, a word from the market and the harbour.",
    "Ask yourself what you would do tomorrow if you believed this.",
    "God is not waiting for a better version of you to arrive.",
    "It is one thing to admire {noun} and another to practise it on a wet Tuesday.",
    "There is a difference between {noun} and good manners.",
    "When {opposite} knocks at the door it always says that it is urgent.",
    "That is what grace looks like from the inside.",
    "I think that we have made this far too complicated.",
    "Some of you grew up in houses where {noun} was in short supply.",
    "The first hearers would have gasped at that point.",
    "And here is the part that I find hard.",
    "He does not explain, he does not argue, he simply stays.",
    "Let me put it the other way round.",
    "You can be busy with holy things and still be full of {opposite}.",
    "That is the second thing, and I will be honest, I needed it more than you did.",
    "Faithfulness is mostly made of small things done again.",
    "There are days when all that you can do is to stand still and hold on.",
    "The people in this story are not heroes, they are tired.",
    "We forget, and that is why we come back here every week.",
    "What looks like an ending turns out to be a door.",
    "Notice who is speaking, and notice who is silent.",
    "If {noun} were easy there would be more of it.",
    "It is like {image}: from outside you see nothing, and yet everything has started.",
    "The question is not whether you are strong enough.",
    "Even the disciples did not understand this until much later.",
    "You will not find a rule here, you will find a person.",
    "This week, before you answer that message, wait for one minute.",
    "There is nothing sentimental about it.",
    "I have buried people who had everything except {noun}.",
    "And I have sat with people who had nothing else, and they were rich.",
    "Is that not what we are all looking for?",
    "So do not be surprised if it costs you something.",
    "The old hymn writers knew that, and they knew it by heart.",
    "Let that sink in before we go on.",
    "Now the third thing, and then I will let you go to lunch.",
    "We are almost there, stay with me.",
];

/// Closing sentences.
pub(super) const CLOSINGS: [&str; 8] = [
    "Let me draw this together.",
    "So this is what I would like you to take home.",
    "Choose one person this week, and show them {noun} without explaining yourself.",
    "Leave {opposite} at the door when you go out, and see whether you miss it.",
    "Let us stand and pray.",
    "Father, you know who in this room needs {noun} most today.",
    "Make us a people who are known for {noun}, in this street and in this city.",
    "We ask it in the name of Jesus, amen.",
];

/// Names that are also books of the Bible.
pub(super) const NAMESAKES: [&str; 8] = ["Mark", "John", "James", "Ruth", "Daniel", "Luke", "Joel", "Esther"];

/// Other names.
pub(super) const PEOPLE: [&str; 14] = [
    "Sandra",
    "Winston",
    "Maureen",
    "Kofi",
    "Beatrix",
    "Old Tom",
    "Priya",
    "Graham",
    "Lindiwe",
    "Carlos",
    "Agnes",
    "Tunde",
    "Mrs. Appleby",
    "Fiona",
];
