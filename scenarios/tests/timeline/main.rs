//! Pictures of timelines, whatever happened: well-formed, without anything from elsewhere, bounded, and with nothing over anything.
#![allow(missing_docs, clippy::unwrap_used)]
mod drawn;
mod made;
mod markup;

use drawn::{labels, places, size};
use made::{Amount, made};
use markup::well_formed;
use proptest::prelude::*;
use strait_scenarios::timeline::{html, last, svg, text};

/// More than anybody would look at.
const MOST_BYTES: usize = 2_000_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_picture_is_well_formed_and_names_nothing_from_elsewhere(seed: u64, lanes in 1_usize..16, arrows in 0_usize..400, fails: bool) {
        let timeline = made(seed, Amount { lanes, arrows, marks: arrows / 2, bars: 20, steps: 12, fails });
        let page = html(&timeline);
        prop_assert_eq!(well_formed(&page), Ok(()));
        let bare = svg(&timeline);
        prop_assert_eq!(well_formed(&bare), Ok(()));
        for drawn in [&page, &bare.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "")] {
            for foreign in ["http:", "https:", "//", "<script", "src=", "url(", "@import", "<link", "<iframe", "<image", "onload", "<made>"] {
                prop_assert!(!drawn.contains(foreign), "{foreign}");
            }
        }
        prop_assert_eq!(page.matches("href=").count(), usize::from(fails));
        prop_assert!(page.len() < MOST_BYTES, "{} bytes", page.len());
    }

    #[test]
    fn everything_stands_within_the_picture_and_no_label_over_another(seed: u64, lanes in 1_usize..14, arrows in 0_usize..300, fails: bool) {
        let timeline = made(seed, Amount { lanes, arrows, marks: arrows / 3, bars: 16, steps: 10, fails });
        let bare = svg(&timeline);
        let (width, height) = size(&bare);
        for (x, y) in places(&bare) {
            prop_assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y), "{x} {y} is not in {width} {height}");
        }
        let mut labels = labels(&bare);
        prop_assert!(labels.len() >= 10, "only {labels:?}");
        labels.sort_by(|one, other| one.y.total_cmp(&other.y));
        for label in &labels {
            prop_assert!(label.left() >= 0.0 && label.right() <= width, "{label:?} does not fit in {width}");
        }
        for pair in labels.windows(2) {
            prop_assert!(pair[1].y - pair[0].y >= 9.0, "{pair:?}");
        }
    }

    #[test]
    fn text_for_few_nodes_fits_a_terminal(seed: u64, lanes in 1_usize..7, arrows in 0_usize..300, fails: bool) {
        let timeline = made(seed, Amount { lanes, arrows, marks: arrows / 2, bars: 16, steps: 10, fails });
        // The lines before and after are sentences.
        let drawn = text(&timeline);
        let is_sentence = |line: &&str| line.starts_with(char::is_alphabetic) || line.starts_with(['-', '.', '|']);
        for line in drawn.lines().filter(|line| !is_sentence(line)) {
            prop_assert!(line.chars().count() <= 120, "{} letters: {line}", line.chars().count());
        }
        let end = last(&timeline, 40);
        prop_assert!(end.lines().count() <= 40);
        prop_assert_eq!(end.contains("BROKEN"), fails);
    }
}

#[test]
fn a_picture_is_bounded_whatever_happened() {
    for fails in [true, false] {
        let amount = Amount { lanes: 1001, arrows: 60_000, marks: 20_000, bars: 5_000, steps: 1_000, fails };
        let timeline = made(7, amount);
        let (page, plain) = (html(&timeline), text(&timeline));
        assert!(page.len() < MOST_BYTES, "{} bytes", page.len());
        assert!(plain.lines().count() < 1_500, "{} lines", plain.lines().count());
        for note in ["drawn as one", "Of the steps the first 850 are left out", "more zones"] {
            assert!(page.contains(note), "{note}");
        }
        assert_eq!(well_formed(&page), Ok(()));
    }
}

#[test]
fn what_was_written_by_others_is_text_and_nothing_else() {
    let mut timeline = made(1, Amount { lanes: 3, arrows: 9, marks: 4, bars: 3, steps: 2, fails: true });
    "</style></svg><script>alert('x')</script>".clone_into(&mut timeline.why);
    for drawn in [html(&timeline), svg(&timeline)] {
        assert_eq!(well_formed(&drawn), Ok(()));
        assert!(!drawn.contains("<script"));
        assert!(drawn.contains("&lt;script&gt;"));
    }
}
