"""Clients: an address, or a user whom a declared proxy names; nobody else's word about either is taken."""

import pytest

from ui.server.settings import ServerSettings
from ui.server.visitors import CLIENT, USER, Proxies, client_of

PROXIES = Proxies(ServerSettings(proxies=("10.0.0.0/8", "::1"), user_header="X-User"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "1.2.3.4", "8.8.8.8"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.9.9.9", "1.2.3.4"),
        ("10.0.0.1", "10.1.1.1", "10.1.1.1"),
        ("10.0.0.1", "<script>", "unknown"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::1", "1.2.3.4", "1.2.3.4"),
        ("::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "", "2001:db8:1:2::/64"),
        ("", "1.2.3.4", "unknown"),
    ],
)
def test_an_address_is_the_last_that_is_none_of_our_proxies(peer, forwarded, address):
    assert PROXIES.address(peer, {"x-forwarded-for": forwarded}) == address


def test_a_user_is_named_by_a_declared_proxy_only():
    assert PROXIES.user("10.0.0.1", {"x-user": "ada"}) == "user ada"
    assert PROXIES.user("8.8.8.8", {"x-user": "ada"}) is None
    assert PROXIES.user("10.0.0.1", {}) is None
    assert Proxies(ServerSettings(proxies=("10.0.0.1",))).user("10.0.0.1", {"": "ada", "x-user": "ada"}) is None


def test_a_proxy_s_user_comes_before_a_login_and_a_login_before_an_address():
    class Request:
        scope = {CLIENT: "1.2.3.4", USER: None}  # noqa: RUF012
        username = None

    assert client_of(Request) == "1.2.3.4"
    Request.username = "bob"
    assert client_of(Request) == "user bob"
    Request.scope = {CLIENT: "user ada", USER: "user ada"}
    assert client_of(Request) == "user ada"
    assert client_of(None) == "unknown"
