"""How well the reader reads: annotated sentences of our own, and both real reports where they are at hand."""

from __future__ import annotations

import importlib.util
import random
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from geo.claim_score import Annotation, Score, read_annotations, score_claims
from geo.claims import ExtractedClaim, ReportId, extract_claims, read_figures
from geo.indicators import read_indicators
from geo.report_text import read_report, report_text

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "claims"
REPORTS = ROOT.parent / "shared" / "reports"
INDICATORS = read_indicators(ROOT / "data" / "indicators.toml")
FIELDS = ("kind", "value", "unit", "value_max", "qualifier", "direction")

spec = importlib.util.spec_from_file_location("annotated_sentences", FOLDER / "sentences.py")
assert spec is not None
assert spec.loader is not None
sentences = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = sentences
spec.loader.exec_module(sentences)


def claims_of(text: str, year: int = 2023) -> tuple[ExtractedClaim, ...]:
    return extract_claims(report_text(text), ReportId("r", "x", year), INDICATORS)


def put_together(scores: list[Score]) -> Score:
    return Score(
        tuple(pair for score in scores for pair in score.pairs),
        tuple(miss for score in scores for miss in score.misses),
        tuple(claim for score in scores for claim in score.false_claims),
        sum(score.others for score in scores),
        sum(score.taken for score in scores),
    )


def say(name: str, score: Score) -> None:
    right = ", ".join(f"{field} {score.right(field):.3f}" for field in FIELDS)
    print(f"{name}: precision {score.precision:.3f}, recall {score.recall:.3f}, {right}")
    print(f"  {len(score.pairs)} found; {score.taken} of {score.others} numbers that are no claims were taken for one")


def say_where(text: str, marks: list[Annotation] | list[ExtractedClaim], what: str) -> None:
    for mark in marks:
        around = text[max(0, mark.start - 12) : mark.end + 8].replace("\n", " ")
        print(f"  {what} at {mark.start}: {text[mark.start : mark.end]!r} in {around!r}")


@pytest.mark.parametrize(
    ("name", "precision", "recall", "kinds"),
    [("sentences_tuning.txt", 0.97, 0.97, 0.95), ("sentences_held_out.txt", 0.95, 0.93, 0.9)],
)
def test_annotated_sentences_are_read(name, precision, recall, kinds, capsys):
    scores = []
    with capsys.disabled():
        print()
        for sentence in sentences.read_sentences(FOLDER / name):
            score = score_claims(sentence.text, claims_of(sentence.text, sentences.YEAR), sentence.annotations)
            scores.append(score)
            if "tuning" in name:
                say_where(sentence.text, list(score.misses), "missed")
                say_where(sentence.text, list(score.false_claims), "false claim")
        score = put_together(scores)
        say(name, score)
    assert score.precision >= precision
    assert score.recall >= recall
    assert score.right("kind") >= kinds
    assert score.taken_share < 0.05
    for field in ("value", "unit", "value_max", "qualifier", "direction"):
        assert score.right(field) >= 0.97, field


@pytest.mark.parametrize(("name", "year"), [("caojiadu-2020", 2020), ("hudong-2023", 2023)])
def test_both_real_reports_are_read(name, year, capsys):
    path = REPORTS / f"{name}.txt"
    if not path.exists():
        pytest.skip(f"{path} is not there: the reports are not part of the project, so they were not read in this run")
    report = read_report(path)
    sha256, annotations = read_annotations(FOLDER / f"{name}.spans.csv")
    assert report.sha256 == sha256
    claims = extract_claims(report, ReportId(name, "x", year), INDICATORS)
    score = score_claims(report.text, claims, annotations)
    with capsys.disabled():
        print()
        say(name, score)
        say_where(report.text, list(score.misses), "missed")
        say_where(report.text, list(score.false_claims), "false claim")
        for claim, mark in score.pairs:
            if claim.kind != mark.kind:
                say_where(report.text, [mark], f"kind {claim.kind}, annotated {mark.kind},")
    assert score.precision >= 0.97
    assert score.recall >= 0.95
    assert score.right("kind") >= 0.9
    assert score.taken_share < 0.05
    assert score.right("value") == score.right("unit") == 1


def test_the_held_out_half_is_as_large_as_the_other():
    tuned, held_out = (
        len(sentences.read_sentences(FOLDER / f"sentences_{half}.txt")) for half in ("tuning", "held_out")
    )
    assert tuned + held_out >= 300
    assert held_out >= 0.45 * (tuned + held_out)


@pytest.mark.parametrize(
    ("text", "span", "value", "unit"),
    [
        ("服务1.2万人。", "1.2万人", 12_000, "人"),
        ("修缮225万平方米。", "225万平方米", 2_250_000, "平方米"),
        ("收入3.5亿元。", "3.5亿元", 350_000_000, "元"),
        ("累计投资145.98亿,", "145.98亿", 14_598_000_000, "元"),
        ("慰问一千二百余户。", "一千二百余户", 1200, "户"),
        ("发放1600余万元。", "1600余万元", 16_000_000, "元"),
        ("办结率百分之八点五。", "百分之八点五", 8.5, "%"),
        ("发放１２０份。", "１２０份", 120, "份"),
        ("发放1,250本。", "1,250本", 1250, "本"),
        ("走访479家次。", "479家次", 479, "家次"),
        ("提高0.6个百分点。", "0.6个百分点", 0.6, "个百分点"),
        ("新增1.2万亿元。", "1.2万亿元", 1_200_000_000_000, "元"),
        ("覆盖近七成小区。", "七成", 70, "%"),
        ("组织2.5 万 人次。", "2.5 万 人次", 25_000, "人次"),
    ],
)
def test_spans_values_and_units_follow_the_conventions(text, span, value, unit):
    [claim] = claims_of("2023年工作回顾\n全年" + text)
    assert (claim.start, claim.end) == (12, 12 + len(text) - 1) or span in text
    begin = len("2023年工作回顾\n全年") + text.index(span)
    assert (claim.start, claim.end, claim.value, claim.unit) == (begin, begin + len(span), pytest.approx(value), unit)


@pytest.mark.parametrize(
    "text",
    [
        "2023年3月15日召开会议,",
        "万航渡路605号启用,",
        "沪府办〔2022〕18号印发,",
        "落实“15分钟社区生活圈”,",
        "深化“三所联动”,",
        "推行“4+1”工作法,",
        "接听12345热线,",
        "增设24小时自助服务站,",
        "对3岁以下幼儿,",
        "排名第45名,",
        "三分之二以上业主同意,",
        "配比1:10,",
        "地铁18号线通车,",
        "培育亿元楼宇,",
        "落实“三年行动计划”,",
        "消除D类以上房屋,",
        "出台《二十条措施》,",
        "召开五届四次会议,",
        "坚持“两个毫不动摇”,",
        "形成一套机制,",
        "党的二十大,",
        "获5A级称号,",
    ],
)
def test_numbers_that_are_no_claims_are_left(text):
    assert claims_of("2023年工作回顾\n全年" + text + "圆满完成。") == ()


def test_a_range_is_one_claim_and_a_list_shares_its_unit():
    [claim] = claims_of("2023年工作回顾\n启用3至4台。")
    assert (claim.value, claim.value_max, claim.qualifier, claim.unit) == (3, 4, "approx", "台")
    assert [(c.value, c.unit) for c in claims_of("2023年工作回顾\n建成14+8个站。")] == [(14, "个"), (8, "个")]
    assert [(c.value, c.value_max) for c in claims_of("2023年工作回顾\n从35个增至50个。")] == [(35, None), (50, None)]


def test_stages_of_one_thing_stay_apart():
    claims = claims_of("2023年工作回顾\n加装电梯完成公示36台,开工12台,竣工15台。")
    assert [(c.value, c.stage, c.kind) for c in claims] == [
        (36, "publicised", "done"),
        (12, "begun", "in_progress"),
        (15, "completed", "done"),
    ]
    assert len({c.indicator for c in claims}) == 3


def test_a_project_s_title_is_the_target_and_its_paragraph_the_result():
    text = "2023年实事项目\n01\n新建社区食堂2个,为老服务送到家门口\n全年新建社区食堂3个,日均供餐150客,受到居民欢迎。\n"
    kinds = [(c.value, c.kind) for c in claims_of(text)]
    assert kinds[:2] == [(2, "target"), (3, "done")]


def test_the_section_says_what_is_a_plan():
    text = "一、2023年工作回顾\n新增座椅133个。\n二、2024年工作安排\n(一)交出民生新答卷\n新增座椅60个。\n"
    assert [(c.value, c.kind, c.section) for c in claims_of(text)] == [
        (133, "done", "一、2023年工作回顾"),
        (60, "plan", "二、2024年工作安排 / (一)交出民生新答卷"),
    ]


def test_a_plan_at_the_end_of_a_report_called_a_review_is_a_plan():
    text = "2023年工作总结\n一、守牢成果\n新增座椅133个。\n二、2024年重点工作\n新增座椅60个。\n"
    text += "三、保障措施\n培训社工20人。\n"
    assert [(c.value, c.kind) for c in claims_of(text)] == [(133, "done"), (60, "plan"), (20, "plan")]


def test_four_plus_one_counts_meal_points_and_nothing_else():
    claims = claims_of("2023年工作回顾\n打造“4+1”老年助餐格局,推行“3+1”工作法。")
    assert [(c.value, c.qualifier, c.layer) for c in claims] == [
        (4, "model", "meal_points"),
        (1, "model", "meal_points"),
    ]


def test_every_span_is_the_figure_in_the_text_as_it_stands():
    text = "2023年工作回顾\n完成１２　项,惠及\n居民1.5万 人次。\n"
    assert [text[c.start : c.end] for c in claims_of(text)] == ["１２　项", "1.5万 人次"]


def test_a_figure_left_out_says_why():
    reasons = {
        f.context.written: f.rejected
        for f in read_figures("2023年工作回顾\n排名第5名,增设24小时值守点8处。", 2023, INDICATORS)
    }
    assert reasons == {"5名": "ordinal", "24小时": "duration", "8处": None}


def test_a_megabyte_is_read_in_two_seconds():
    """As many figures as a real report has: one in 115 characters (in the two at hand it is 81 and 111)."""
    lines = []
    for half in ("tuning", "held_out"):
        for sentence in sentences.read_sentences(FOLDER / f"sentences_{half}.txt"):
            lines += [
                sentence.text.split("\n", 1)[1],
                "坚持以人民为中心,持续完善机制、凝聚合力,推动各项工作落地见效。" * 6,
            ]
    text = ("2023年工作回顾\n" + "\n".join(lines * 30)).encode()[:1_000_000].decode(errors="ignore")
    begun = time.process_time()
    claims = claims_of(text)
    assert time.process_time() - begun < 2
    assert len(text) / len(claims) < 125


def test_odd_texts_are_read_in_time_and_give_no_nonsense():
    begun = time.process_time()
    for odd in (
        "7" * 1_000_000,
        "一" * 1_000_000,
        "1、" * 50_000,
        "1+" * 50_000,
        "百分之百" * 10_000,
        "“" * 300_000,
        "《1个" * 10_000,
    ):
        for claim in claims_of(odd):
            assert 0 <= claim.start < claim.end <= len(odd)
    assert time.process_time() - begun < 20


def test_random_texts_never_raise_and_spans_never_overlap():
    signs = "0123456789一二三十百千万亿余多个台户人次%+-—至、,。;:\n“”《》() 第约超下降新增年完成2023年工作回顾"
    pick = random.Random(4)
    for _ in range(400):
        text = "".join(pick.choice(signs) for _ in range(pick.randrange(1, 120)))
        claims = claims_of(text)
        assert all(0 <= c.start < c.end <= len(text) for c in claims)
        assert all(before.end <= after.start for before, after in pairwise(claims))
