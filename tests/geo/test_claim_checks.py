"""A report held against itself: what is found without being told, on invented reports and on a real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.claim_checks import check_report
from geo.claim_findings import CHECKS, VERDICTS, Finding
from geo.claims import ReportId, extract_claims
from geo.indicators import read_indicators
from geo.report_text import read_report, report_text

ROOT = Path(__file__).parents[2]
REPORTS = ROOT.parent / "shared" / "reports"
INDICATORS = read_indicators(ROOT / "data" / "indicators.toml")


def findings_of(body: str, heading: str = "2023年工作回顾\n") -> tuple[Finding, ...]:
    text = report_text(heading + body)
    return check_report(text, extract_claims(text, ReportId("r", "x", 2023), INDICATORS))


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, float | None, float | None]]:
    return [(f.check, f.verdict, f.stated, f.found) for f in findings]


def test_an_address_in_two_lists_is_found():
    findings = findings_of("完工丰和路268弄3号、临江路9号等2台电梯,开工临江路9号、临江路11号等2台电梯。")
    assert ("listed_twice", "contradicts", 4, 3) in told(findings)
    twice = next(f for f in findings if f.check == "listed_twice")
    assert "临江路9号" in twice.zh
    assert "临江路9号" in twice.en
    assert len(twice.claims) == 2


def test_lists_without_a_common_address_are_not_accused():
    findings = findings_of("完工丰和路268弄3号、临江路9号等2台电梯,开工临江路19号、临江路11号等2台电梯。")
    assert told(findings) == [("itemised", "agrees", 2, 2), ("itemised", "agrees", 2, 2)]


@pytest.mark.parametrize(
    ("listed", "verdict", "found"),
    [
        ("临江路8号、丰和路12弄6号、望江路120号等3座", "agrees", 3),
        ("临江路8号、丰和路12弄6号、望江路120号等2座", "contradicts", 3),
        ("临江路8号、丰和路12弄6号等7座", "cannot_tell", 2),
        ("临江、丰和、望江三个", "agrees", 3),
        ("临江、丰和等9个", "cannot_tell", 2),
    ],
)
def test_a_list_is_counted_against_its_number(listed, verdict, found):
    [finding] = findings_of(f"建成{listed}口袋公园。")
    assert (finding.check, finding.verdict, finding.found) == ("itemised", verdict, found)


PROJECT = "01\n{title}\n{body}\n"


@pytest.mark.parametrize(
    ("title", "body", "verdict", "stated", "found"),
    [
        ("培训护理员200人", "今年以来培训护理员120人,下半年又培训护理员80人。", "agrees", 200, 200),
        ("培训护理员200人", "今年以来培训护理员120人,走访家庭300户。", "short", 200, 120),
        ("新增养老床位50张", "今年以来新增养老床位62张,超额完成任务。", "exceeds", 50, 62),
        ("新增养老床位50张", "今年以来新增养老床位50张,如期完成任务。", "agrees", 50, 50),
        ("新增养老床位50张", "今年以来各项工作稳步推进,走访家庭300户。", "cannot_tell", 50, None),
        ("加装电梯2至3台", "今年以来加装电梯3台,居民十分满意。", "agrees", 2, 3),
    ],
)
def test_a_target_is_held_against_what_was_done(title, body, verdict, stated, found):
    [finding] = [
        f for f in findings_of(PROJECT.format(title=title, body=body), "2023年实事项目\n") if f.check == "target"
    ]
    assert (finding.verdict, finding.stated, finding.found) == (verdict, stated, found)


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("受理纠纷682起,成功调处672起,成功率98.5%。", "agrees"),
        ("受理纠纷240起,成功调处216起,成功率95%。", "does_not_add_up"),
        ("受理纠纷169件、调解成功110件,成功率65.08%。", "does_not_add_up"),
        ("受理纠纷169件、调解成功110件,成功率65.09%。", "agrees"),
    ],
)
def test_a_share_is_worked_out(sentence, verdict):
    [finding] = findings_of(sentence)
    assert (finding.check, finding.verdict) == ("share", verdict)
    assert len(finding.claims) == 3


def test_growth_is_no_share_and_is_left_alone():
    assert findings_of("受理信访214件,办结200件,同比下降13.4%。") == ()


@pytest.mark.parametrize(
    ("sentence", "verdict", "stated", "found"),
    [
        ("设立14+8个服务站(14个居民区、8个园区)。", "agrees", 22, 22),
        ("设立14+8个服务站(14个居民区、9个园区)。", "contradicts", 22, 23),
        ("更新铁门51扇,其中重新制作42扇,修理9扇。", "agrees", 51, 51),
        ("更新铁门51扇,其中重新制作42扇。", "cannot_tell", 51, 42),
        ("共有商户120家(餐饮70家、零售60家)。", "contradicts", 120, 130),
    ],
)
def test_parts_are_added_up(sentence, verdict, stated, found):
    [finding] = findings_of(sentence)
    assert (finding.check, finding.verdict, finding.stated, finding.found) == ("parts", verdict, stated, found)


@pytest.mark.parametrize(("enrolled", "verdict"), [("31", "agrees"), ("40", "agrees"), ("41", "contradicts")])
def test_capacity_is_held_against_those_enrolled(enrolled, verdict):
    [finding] = findings_of(f"设普惠班2个,每班可招收20人,年底已招录{enrolled}人。")
    assert (finding.check, finding.verdict, finding.stated) == ("capacity", verdict, 40)


def test_capacity_without_a_number_enrolled_cannot_be_told():
    [finding] = findings_of("组织培训班6期,每期可容纳30人。")
    assert (finding.check, finding.verdict, finding.stated) == ("capacity", "cannot_tell", 180)


def test_every_finding_is_said_in_both_languages():
    findings = findings_of(
        "设普惠班2个,每班可招收20人,已招录31人。受理纠纷169件,调解成功110件,成功率65.08%。建成临江、丰和等9个公园。"
    )
    assert len(findings) == 3
    for finding in findings:
        assert finding.check in CHECKS
        assert finding.verdict in VERDICTS
        assert finding.zh != finding.en
        assert finding.claims
    assert [f.claims[0].start for f in findings] == sorted(f.claims[0].start for f in findings)


def test_a_report_without_figures_gives_nothing():
    assert findings_of("各项工作稳步推进。") == ()


def test_the_real_report_is_found_out_without_being_told():
    path = REPORTS / "caojiadu-2020.txt"
    if not path.exists():
        pytest.skip(
            f"{path} is not there: the reports are not part of the project, so this was not checked in this run"
        )
    text = read_report(path)
    findings = check_report(text, extract_claims(text, ReportId("caojiadu-2020", "caojiadu", 2020), INDICATORS))
    twice = next(f for f in findings if f.check == "listed_twice")
    assert "康定路991号" in twice.zh
    assert (twice.stated, twice.found) == (6, 5)
    assert ("target", "short", 680, 524) in told(findings)
    assert ("parts", "agrees", 22, 22) in told(findings)
    assert ("capacity", "agrees", 40, 31) in told(findings)
    share = next(f for f in findings if f.check == "share")
    assert (share.verdict, share.stated, round(share.found or 0, 2)) == ("does_not_add_up", 65.08, 65.09)
