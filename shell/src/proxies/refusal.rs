//! What a proxy refused, as far as its words say that.
use std::{collections::BTreeSet, sync::Arc};

/// So begins what Envoy says of clusters or listeners of which it has taken all but those that it names.
const NAMES_THE_BAD: &str = "Error adding/updating";
/// So ends what was too long for it.
const CUT: &str = "...(truncated)";
/// So much of a reason is kept, in characters.
const LONGEST_REASON: usize = 1000;
/// So much is said of all that was refused, in bytes.
const LONGEST_LIST: usize = 2048;

/// Which of these were refused: those that are named, if it says that the others were taken. What it cannot read it refuses as a whole, even
/// where it names what it could not read.
pub(super) fn refused(why: &str, said: &BTreeSet<String>) -> BTreeSet<String> {
    let named: BTreeSet<String> = if why.contains(NAMES_THE_BAD) && !why.ends_with(CUT) {
        words(why).filter(|word| said.contains(*word)).map(str::to_owned).collect()
    } else {
        BTreeSet::new()
    };
    if named.is_empty() { said.clone() } else { named }
}

/// All that could be a name: one name may begin with another.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let belongs = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
    text.split(move |character| !belongs(character)).map(|word| word.trim_end_matches('.'))
}

/// As much of it as is kept, on one line.
pub(super) fn shortened(why: &str) -> Arc<str> {
    let shown = why.trim().chars().take(LONGEST_REASON);
    shown.map(|character| if character.is_control() { ' ' } else { character }).collect::<String>().into()
}

/// All of it, as far as there is room.
pub(super) fn listed(refused: impl ExactSizeIterator<Item = String>) -> String {
    let all = refused.len();
    let mut list = String::new();
    for (index, one) in refused.enumerate() {
        if index > 0 && list.len() + one.len() > LONGEST_LIST {
            return format!("{list}; and {} more", all - index);
        }
        let separator = if index > 0 { "; " } else { "" };
        list = list + separator + &one;
    }
    list
}
