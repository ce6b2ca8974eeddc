//! The laws of merging, over every triple of states of one phase.

use creatify_core::job::Progress;

fn triples() -> impl Iterator<Item = (Progress, Progress, Progress)> {
    let all = Progress::ALL;
    all.iter().flat_map(move |&a| {
        all.iter()
            .flat_map(move |&b| all.iter().map(move |&c| (a, b, c)))
    })
}

fn is_below(a: Progress, b: Progress) -> bool {
    a.join(b) == b
}

#[test]
fn joining_is_idempotent_commutative_and_associative() {
    assert_eq!(triples().count(), 8 * 8 * 8);
    for (a, b, c) in triples() {
        assert_eq!(a.join(a), a);
        assert_eq!(a.join(b), b.join(a));
        assert_eq!(a.join(b).join(c), a.join(b.join(c)));
    }
}

#[test]
fn unseen_changes_nothing_and_conflict_swallows_everything() {
    for &a in Progress::ALL {
        assert_eq!(a.join(Progress::Unseen), a);
        assert_eq!(a.join(Progress::Conflict), Progress::Conflict);
    }
}

#[test]
fn the_join_is_the_least_upper_bound() {
    for (a, b, c) in triples() {
        assert!(is_below(a, a.join(b)) && is_below(b, a.join(b)));
        if is_below(a, c) && is_below(b, c) {
            assert!(is_below(a.join(b), c));
        }
    }
}

#[test]
fn the_order_is_the_documented_one() {
    use Progress::{Conflict, Done, Failed, InQueue, Pending, Rejected, Running, Unseen};

    for chain in [[Unseen, Pending, InQueue, Running]] {
        for pair in chain.windows(2) {
            assert!(is_below(pair[0], pair[1]) && !is_below(pair[1], pair[0]));
        }
    }
    for end in [Done, Failed, Rejected] {
        assert!(is_below(Running, end) && is_below(end, Conflict) && end.is_end());
        for other in [Done, Failed, Rejected] {
            let expected = if end == other { end } else { Conflict };
            assert_eq!(end.join(other), expected);
        }
    }
}

#[test]
fn an_end_is_never_left_but_for_a_conflict() {
    for (a, b, _) in triples() {
        if a.is_end() {
            assert!(a.join(b) == a || a.join(b) == Progress::Conflict);
            assert!(a.join(b).is_end());
        }
    }
}
