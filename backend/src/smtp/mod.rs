//! The conversation with a mail server: one dial function, a bounded reader, typed stages with a time limit each, and
//! the transcript as data. All sending goes through here.
