"""The words of printed sheets in both languages; commands print them too, so they need no request's language."""

from __future__ import annotations

from webmap.config import Language

WORDS: dict[str, tuple[str, str]] = {
    "kind": ("小区资源地图", "Neighbourhood resource map"),
    "kind_subdistrict": ("街道资源地图", "Subdistrict resource map"),
    "title": ("{name}走路能到的地方", "What {name} can walk to"),
    "title_subdistrict": ("{name}的服务都在哪儿", "Where the services of {name} are"),
    "pace": (
        "从{start}走，每分钟 {pace:.0f}\N{NO-BREAK SPACE}m（{profile}）。",
        "From {start}, {pace:.0f}\N{NO-BREAK SPACE}m a minute ({profile}).",
    ),
    "compound": ("小区中心", "the middle of the compound"),
    "committee": ("居委会所在的大概位置", "the committee's rough position"),
    "scan": ("扫码看最新的", "Scan for the latest"),
    "walk": ("步行", "Walk"),
    "within": ("{minutes} 分钟内", "{minutes} min"),
    "more": ("更远", "farther"),
    "shapes": ("形状", "Shapes"),
    "care": ("照护", "care"),
    "safety": ("安全", "safety"),
    "culture": ("文化", "culture"),
    "services": ("办事", "services"),
    "equipment": ("设施", "equipment"),
    "rough_frame": ("虚线框：大概位置", "Broken outline: rough position"),
    "service": ("服务", "Service"),
    "name": ("名称", "Name"),
    "address": ("地址", "Address"),
    "distance": ("路程", "Distance"),
    "minutes": ("{count} 分钟", "{count} min"),
    "minutes_within": ("{count} 分钟以内", "within {count} min"),
    "nearby": ("小区附近", "close by"),
    "unknown": ("不清楚", "not known"),
    "rough": ("位置大概，±{metres:.0f}\N{NO-BREAK SPACE}m", "rough position, ±{metres:.0f}\N{NO-BREAK SPACE}m"),
    "not_drawn": ("没有画上的", "Not drawn"),
    "unlocated": ("{layer}：知道有 {count} 处，不知道在哪", "{layer}: {count} known, not where"),
    "samples": ("{layer}：目前只有示例，不印", "{layer}: samples only, not printed"),
    "left_out": ("{count} 处更远的没有列出", "{count} farther ones are not listed"),
    "nothing": ("15 分钟内没有一处知道确切位置的服务。", "No service with a known position within 15 minutes."),
    "printed": (
        "印于 {day}，数据 {version}。半年后请换新的一张。",
        "Printed {day}, data {version}. Replace after half a year.",
    ),
    "lanes": ("路程沿主要街道算，弄堂未计。", "Distances follow main streets; lanes are not counted."),
    "start_rough": (
        "{start}误差约 {metres:.0f}\N{NO-BREAK SPACE}m。",
        "Off by up to {metres:.0f}\N{NO-BREAK SPACE}m: {start}.",
    ),
    "north": ("北", "N"),
    "evacuation": ("紧急疏散路线示意图", "Evacuation routes"),
    "evacuation_title": ("{name}：出事时往哪儿走", "{name}: which way to go in an emergency"),
    "from_gate": ("从 {gate} 出发", "From {gate}"),
    "from_middle": (
        "从小区中心出发（还没有小区门的数据）",
        "From the middle of the compound (its gates are not known)",
    ),
    "way": (
        "路线 {number}：到 {goal}，{metres:,.0f}\N{NO-BREAK SPACE}m",
        "Route {number}: to {goal}, {metres:,.0f}\N{NO-BREAK SPACE}m",
    ),
    "one_way": (
        "只找到一条路，没有完全分开的第二条。",
        "Only one way was found; there is no second one apart from it.",
    ),
    "no_places": (
        "还没有避难和集合场地的位置。请工作人员先填这一层，再印这张图。",
        "No assembly place has a position yet. Staff fill in that layer first; then this sheet can be used.",
    ),
    "no_path": ("有集合场地，但沿街走不到。", "There are assembly places, but no way on foot is known."),
    "do_not_post": ("还不能张贴", "Not to be posted yet"),
    "step_start": (
        "沿{street}走 {metres:,.0f}\N{NO-BREAK SPACE}m",
        "Along {street} for {metres:,.0f}\N{NO-BREAK SPACE}m",
    ),
    "step_straight": (
        "直走，沿{street}走 {metres:,.0f}\N{NO-BREAK SPACE}m",
        "Straight on along {street} for {metres:,.0f}\N{NO-BREAK SPACE}m",
    ),
    "step_left": (
        "左转，沿{street}走 {metres:,.0f}\N{NO-BREAK SPACE}m",
        "Left, along {street} for {metres:,.0f}\N{NO-BREAK SPACE}m",
    ),
    "step_right": (
        "右转，沿{street}走 {metres:,.0f}\N{NO-BREAK SPACE}m",
        "Right, along {street} for {metres:,.0f}\N{NO-BREAK SPACE}m",
    ),
    "step_back": (
        "掉头，沿{street}走 {metres:,.0f}\N{NO-BREAK SPACE}m",
        "Turn back along {street} for {metres:,.0f}\N{NO-BREAK SPACE}m",
    ),
    "unnamed": ("没有名字的路", "an unnamed street"),
    "drill": (
        "示意图按街道数据自动画出，张贴前请现场走一遍。",
        "Drawn from street data: walk the routes before posting.",
    ),
}


def say(language: Language, key: str, **values: object) -> str:
    """Return a text in `language`, filled with `values`."""
    chinese, english = WORDS[key]
    return (english if language == "en" else chinese).format(**values)
