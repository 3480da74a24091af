"""Passwords that whoever guesses tries first: the stems, in small letters, without figures and signs at their end.

Put together for this project from what is commonly known to be used, in China and elsewhere; short on purpose, since a
rate limit stands before it. `webmap.passwords` cuts figures and signs off a password's end before it looks here.
"""

from __future__ import annotations

_STEMS = """
    password passw0rd p@ssw0rd p@ssword pass passwd mima wodemima secret letmein welcome login admin administrator
    root user test tester testing demo guest default changeme temp temporary qwerty qwertyuiop qwertyuio qwer qwerasdf
    qwerty12345 qazwsx qazwsxedc 1qaz2wsx 1qaz2wsx3edc 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 zaq12wsx
    zxcvbn zxcvbnm zxcvbnm,./ asdf asdfgh asdfghjkl asdfghjkl; abc abcd abcde abcdef abcdefg abcdefgh abcdefghi
    abcdefghij abcdefghijk aaaa aaa111 abc123abc a123456 a1234567 a12345678 a123456789 aa123456 aa12345678 qq123456
    123456789 1234567890 0123456789 12345678910 123456789a 123456789q 123456abc 123123123 1231231234 1122334455
    112233445566 1234512345 147258369 1472583690 159753456 123654789 987654321 9876543210 0987654321 123qweasd
    123qweasdzxc 123qwe123qwe qwe123qwe123 iloveyou iloveyou1314 woaini woaini1314 woaini520 woaini5201314 5201314520
    5201314 1314520 52013141314 13145201314 woaiwojia wo1314520 aini1314 aini5201314 dragon monkey sunshine princess
    football baseball superman batman master shadow michael jordan trustno freedom whatever hello helloworld
    internet computer samsung huawei xiaomi iphone taobao alibaba tencent baidu weixin wechat china zhongguo
    beijing shanghai putuo jingan caojiadu hudong lifecircle shequ jiedao juwei shenghuoquan community subdistrict
"""
COMMON_PASSWORDS = frozenset(_STEMS.split())
