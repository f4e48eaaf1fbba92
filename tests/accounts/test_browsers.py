"""What browsers say of themselves, and the names that their owners know them by."""

import pytest

from portal.accounts.browsers import named

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "


@pytest.mark.parametrize(("text", "name", "system"), [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox", "Linux"),
    ("Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "Firefox", "Android"),
    (_PHONE + "FxiOS/127.0 Mobile/15E148 Safari/605.1.15", "Firefox", "iPhone"),
    ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
     "Chrome", "Android"),
    (_WINDOWS + "Chrome/126.0.0.0 Safari/537.36", "Chrome", "Windows"),
    (_PHONE + "CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1", "Chrome", "iPhone"),
    ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
     "Chrome", "ChromeOS"),
    (_WINDOWS + "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge", "Windows"),
    (_WINDOWS + "Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0", "Opera", "Windows"),
    ("Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 "
     "Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Internet", "Android"),
    (_MAC + "Version/17.5 Safari/605.1.15", "Safari", "macOS"),
    ("Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
     "Mobile/15E148 Safari/604.1", "Safari", "iPad"),
    (_PHONE + "Safari Line/14.9.1", "LINE", "iPhone"),
    ("curl/8.5.0", "", ""),
    ("SomethingNew/1.0 (Linux)", "", "Linux"),
    ("", "", ""),
])
def test_names(text, name, system):
    assert named(text) == (name, system)
