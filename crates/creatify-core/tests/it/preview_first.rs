//! Previews first against the direct way: sums, borders and expectations, each exact.

use creatify_core::pricing::{
    Border, Cheaper, Phase, PreviewFirst, PreviewFirstCost, QuoteError, Ratio,
};
use creatify_core::{Credits, Length, Model, Operation, QuoteRequest, RateCard, Seconds, Totals};
use proptest::prelude::*;

use crate::oracle;
use crate::quotes::{Case, cases};

fn millis(credits: Credits) -> u128 {
    u128::from(credits.millicredits())
}

/// Cases that have a preview-first way, from either side.
fn compared() -> impl Strategy<Value = (Case, PreviewFirst)> {
    cases().prop_filter_map("a way and a price", |case| {
        let request = case.request();
        let way = match case.operation.phase() {
            Phase::Preview => PreviewFirst::of_previews(&request),
            _ => PreviewFirst::instead_of(&request),
        };
        let way = way.ok()?;
        way.cost(&RateCard::on(case.day))
            .is_ok()
            .then_some((case, way))
    })
}

fn cost((case, way): (Case, PreviewFirst)) -> PreviewFirstCost {
    way.cost(&RateCard::on(case.day)).unwrap()
}

proptest! {
    #[test]
    fn its_parts_agree_with_the_oracle(both in compared()) {
        let (case, way) = both;
        let cost = cost(both);
        let length = Length::Known(case.length);
        let check = |request: &QuoteRequest, ours: Totals, times: u128| {
            let usage = request.usage();
            prop_assert_eq!(usage.length, Some(length));
            let theirs = oracle::totals(
                request.operation(), request.model(), case.day, length, usage.count, usage.previews,
            );
            for (ours, theirs) in [ours.min(), ours.likely(), ours.max()].into_iter()
                .zip(theirs.unwrap())
            {
                prop_assert_eq!(millis(ours) * theirs.1, theirs.0 * times * 1_000);
            }
            Ok(())
        };
        prop_assert_eq!(cost.videos(), u64::from(case.count) * u64::from(case.previews));
        check(way.previews(), cost.previews(), 1)?;
        check(way.render(), cost.render(), 1)?;
        check(way.direct(), cost.direct(), u128::from(cost.videos()))?;
    }

    #[test]
    fn the_border_is_exact_on_both_sides(both in compared()) {
        let cost = cost(both);
        let (previews, render, direct) = (cost.previews(), cost.render(), cost.direct());
        let borders = cost.break_even();
        let ends = [
            (borders.surely, previews.max(), render.max(), direct.min()),
            (borders.likely, previews.likely(), render.likely(), direct.likely()),
            (borders.possibly, previews.min(), render.min(), direct.max()),
        ];
        for (border, previews, render, direct) in ends {
            let (previews, render, direct) = (millis(previews), millis(render), millis(direct));
            let is_no_dearer = |renders: u64| previews + u128::from(renders) * render <= direct;
            let Some(Border { renders, share, .. }) = border else {
                prop_assert!(!is_no_dearer(0));
                continue;
            };
            prop_assert!(is_no_dearer(renders) && renders <= cost.videos());
            prop_assert!(renders == cost.videos() || !is_no_dearer(renders + 1));
            let all = render * u128::from(cost.videos());
            prop_assert_eq!(share.is_none(), all == 0);
            if let Some(share) = share {
                let (parts, of) = (u128::from(share.numerator()), u128::from(share.denominator()));
                prop_assert_eq!(previews * of + all * parts, direct * of);
            }
        }
    }

    #[test]
    fn borders_and_comparisons_say_the_same(both in compared(), kept in any::<u64>()) {
        let cost = cost(both);
        let kept = kept % (cost.videos() + 1);
        let with = cost.with_renders(kept).unwrap();
        let up_to = |border: Option<Border>| border.is_some_and(|border| kept <= border.renders);
        let borders = cost.break_even();
        prop_assert_eq!(with.max() <= cost.direct().min(), up_to(borders.surely));
        prop_assert_eq!(with.likely() <= cost.direct().likely(), up_to(borders.likely));
        prop_assert_eq!(with.min() <= cost.direct().max(), up_to(borders.possibly));
        let verdict = cost.cheaper(with);
        prop_assert_eq!(verdict == Cheaper::PreviewFirst, up_to(borders.surely));
        if !up_to(borders.possibly) {
            prop_assert_eq!(verdict, Cheaper::Direct);
        }
        if verdict == Cheaper::Direct {
            prop_assert!(cost.direct().max() <= with.min());
        }
    }

    #[test]
    fn a_share_of_whole_renders_costs_what_they_cost(both in compared(), kept in any::<u64>()) {
        let cost = cost(both);
        let kept = kept % (cost.videos() + 1);
        let share = Ratio::new(kept, cost.videos()).unwrap();
        prop_assert_eq!(cost.expected(share), cost.with_renders(kept));
        prop_assert_eq!(cost.with_renders(cost.videos() + 1), None);
    }

    #[test]
    fn an_expectation_is_rounded_outwards_by_less_than_a_thousandth(
        both in compared(), of in 1_u64..1_000_000, parts in 0_u64..1_000_000,
    ) {
        let cost = cost(both);
        let share = Ratio::new(parts, of).unwrap();
        let Some(expected) = cost.expected(share) else {
            prop_assert!(parts > of);
            return Ok(());
        };
        prop_assert!(parts <= of);
        prop_assert!(expected.min() <= expected.likely() && expected.likely() <= expected.max());
        let exact = |previews: Credits, render: Credits| {
            let renders = millis(render) * u128::from(cost.videos()) * u128::from(parts);
            millis(previews) * u128::from(of) + renders
        };
        let (previews, render, of) = (cost.previews(), cost.render(), u128::from(of));
        let least = exact(previews.min(), render.min());
        prop_assert!(millis(expected.min()) * of <= least && least < (millis(expected.min()) + 1) * of);
        for (ours, theirs) in [
            (expected.likely(), exact(previews.likely(), render.likely())),
            (expected.max(), exact(previews.max(), render.max())),
        ] {
            prop_assert!(millis(ours) * of >= theirs && theirs + of > millis(ours) * of);
        }
    }

    #[test]
    fn more_renders_never_cost_less(both in compared(), one in any::<u64>(), other in any::<u64>()) {
        let cost = cost(both);
        let (one, other) = (one % (cost.videos() + 1), other % (cost.videos() + 1));
        let with = |renders| cost.with_renders(renders).unwrap();
        let (fewer, more) = (with(one.min(other)), with(one.max(other)));
        prop_assert!(fewer.min() <= more.min() && fewer.likely() <= more.likely());
        prop_assert!(fewer.max() <= more.max());
    }

    #[test]
    fn no_request_panics(
        operation in prop::sample::select(Operation::ALL),
        model in prop::option::of(prop::sample::select(Model::ALL)),
        length in prop::option::of(crate::quotes::lengths()),
        count in any::<u32>(), previews in prop::option::of(any::<u32>()),
    ) {
        let mut request = QuoteRequest::new(operation).with_count(count);
        if let Some(model) = model { request = request.with_model(model); }
        if let Some(length) = length { request = request.with_length(length); }
        if let Some(previews) = previews { request = request.with_previews(previews); }
        for way in [PreviewFirst::of_previews(&request), PreviewFirst::instead_of(&request)] {
            match way {
                Ok(way) => {
                    if let Ok(cost) = way.cost(&RateCard::latest()) {
                        let _ = (cost.break_even(), cost.expected(Ratio::ONE));
                        prop_assert!(cost.with_renders(cost.videos()).is_some());
                    }
                }
                Err(error) => prop_assert!(error.to_string().contains(operation.as_str())),
            }
        }
    }
}

#[test]
fn every_preview_has_its_render_and_its_direct_way() {
    let resource = |operation: Operation| operation.as_str().split_once('.').unwrap().0;
    for operation in Operation::ALL {
        let request = QuoteRequest::new(*operation);
        let of_previews = PreviewFirst::of_previews(&request);
        assert_eq!(of_previews.is_ok(), operation.phase() == Phase::Preview);
        if let Ok(way) = of_previews {
            let (render, direct) = (way.render().operation(), way.direct().operation());
            assert_eq!(
                (render.phase(), direct.phase()),
                (Phase::Render, Phase::Generate)
            );
            assert_eq!(
                (resource(render), resource(direct)),
                (resource(*operation), resource(render))
            );
            // A preview of a list is rendered alone, any other by its job.
            let is_list = *operation == Operation::LinkToVideoPreviewList;
            assert_eq!(render == Operation::LinkToVideoRenderSinglePreview, is_list);
        }
        if let Ok(way) = PreviewFirst::instead_of(&request) {
            assert_eq!(way.direct().operation(), *operation);
            let preview = format!("{}.preview", resource(*operation));
            assert_eq!(way.previews().operation().as_str(), preview);
        }
    }
}

fn nine(seconds: u64) -> QuoteRequest {
    QuoteRequest::new(Operation::LinkToVideoPreviewList)
        .with_length(Seconds::from_whole(seconds).unwrap())
        .with_previews(9)
}

#[test]
fn nine_previews_and_one_render_against_nine_videos() {
    let cost = PreviewFirst::of_previews(&nine(30)).unwrap();
    let cost = cost
        .cost(&RateCard::on("2026-11-20".parse().unwrap()))
        .unwrap();
    assert_eq!(cost.previews().to_string(), "1 to 9 credits, likely 9");
    assert_eq!(cost.render().to_string(), "4 credits");
    assert_eq!(cost.direct().to_string(), "45 credits"); // 9 x 5
    let one = cost.with_renders(1).unwrap();
    assert_eq!(one.to_string(), "5 to 13 credits, likely 13");
    assert_eq!(cost.cheaper(one), Cheaper::PreviewFirst);
    let borders = cost.break_even();
    let share = |border: Option<Border>| border.unwrap().share.unwrap();
    // (45 - 9) / (9 x 4), and (45 - 1) / (9 x 4)
    assert_eq!(share(borders.surely), Ratio::ONE);
    assert_eq!(share(borders.likely), Ratio::ONE);
    assert_eq!(share(borders.possibly), Ratio::new(11, 9).unwrap());
    assert_eq!(borders.possibly.unwrap().renders, 9);
}

#[test]
fn every_verdict_has_its_name() {
    let verdicts = [Cheaper::PreviewFirst, Cheaper::Direct, Cheaper::Open];
    assert_eq!(
        verdicts.map(|verdict| verdict.to_string()),
        ["preview-first", "direct", "open"]
    );
}

#[test]
fn with_a_model_it_depends_on_what_is_in_doubt() {
    let previews = nine(30).with_model(Model::AuroraV1);
    let cost = PreviewFirst::of_previews(&previews).unwrap();
    let cost = cost
        .cost(&RateCard::on("2026-11-20".parse().unwrap()))
        .unwrap();
    // Previews 1 to 9 x 30, likely 9; a render 4 to 30, likely 30; nine videos 9 x 30.
    let borders = cost.break_even();
    let border = |border: Option<Border>| border.map(|b| (b.renders, b.share.unwrap()));
    let ratio = |parts, of| Ratio::new(parts, of).unwrap();
    assert_eq!(border(borders.surely), Some((0, Ratio::ZERO))); // (270 - 270) / 270
    assert_eq!(border(borders.likely), Some((8, ratio(261, 270))));
    assert_eq!(border(borders.possibly), Some((9, ratio(269, 36))));
    let verdict = |renders| cost.cheaper(cost.with_renders(renders).unwrap());
    assert_eq!(
        (verdict(0), verdict(1)),
        (Cheaper::PreviewFirst, Cheaper::Open)
    );
}

#[test]
fn previews_that_cost_more_than_the_videos_have_no_border() {
    // No published preview is dearer than its video; one of unknown length can be.
    let (min, max) = (
        Seconds::from_whole(1).unwrap(),
        Seconds::from_whole(300).unwrap(),
    );
    let previews = QuoteRequest::new(Operation::CustomTemplatePreview)
        .with_length(Length::Between { min, max });
    let cost = PreviewFirst::of_previews(&previews).unwrap();
    let cost = cost.cost(&RateCard::latest()).unwrap();
    // Previews up to 10, videos from 5 on.
    assert_eq!(cost.break_even().surely, None);
    assert!(cost.break_even().likely.is_some());
}

#[test]
fn what_costs_nothing_has_no_share_to_break_even_at() {
    let cost = PreviewFirst::of_previews(&nine(0)).unwrap();
    let cost = cost.cost(&RateCard::latest()).unwrap();
    let border = cost.break_even().surely.unwrap();
    assert_eq!((border.renders, border.share), (9, None));
}

#[test]
fn what_is_refused_says_why() {
    let link = QuoteRequest::new(Operation::LinkCreate);
    assert_eq!(
        PreviewFirst::instead_of(&link).unwrap_err().to_string(),
        "link.create makes no previews that are rendered later; previews are made by \
         ai-editing.preview, ai-short.preview, custom-template.preview, link-to-video.preview, \
         link-to-video.preview-list, lipsync.preview, lipsync-v2.preview, in place of \
         ai-editing.generate, ai-short.generate, custom-template.generate, \
         link-to-video.generate, lipsync.generate, lipsync-v2.generate"
    );
    assert!(
        PreviewFirst::of_previews(&nine(30))
            .unwrap()
            .cost(&RateCard::latest())
            .is_ok()
    );
    let none = PreviewFirst::of_previews(&nine(30).with_count(0)).unwrap();
    assert_eq!(none.cost(&RateCard::latest()), Err(QuoteError::NoCount));
    let most =
        PreviewFirst::of_previews(&nine(86_400).with_previews(u32::MAX).with_count(u32::MAX));
    assert_eq!(
        most.unwrap().cost(&RateCard::latest()),
        Err(QuoteError::TooLarge)
    );
}
