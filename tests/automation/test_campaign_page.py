"""The page of a campaign: the figures of the report and no others, and text of a log as text."""

from __future__ import annotations

import html
import re

import pytest

from funnel_utils.automation.campaign import Campaign
from funnel_utils.errors import FunnelUtilsError
from funnel_utils.report.campaign import campaign_html, write_campaign
from tests.automation.test_campaign import many, story


def said(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


UNRECORDED = {"delivered": None, "opened": None, "clicked": None, "unsubscribed": None}


@pytest.fixture(scope="module")
def result():
    return Campaign(within="14d", cost_per_send=2.0, margin=0.4, **UNRECORDED).run(many(0.05))


def test_what_was_caused_stands_on_the_page(result):
    words = said(campaign_html(result))
    row, money = result.effect.iloc[0], result.roi.iloc[0]
    assert result.verdict in words
    both = re.search(r"of a person assigned ([\d.]+)% \S+ of a person held out ([\d.]+)%", words)
    assert [float(one) / 100 for one in both.groups()] == pytest.approx(
        [row["estimate"], row["control_estimate"]], rel=0.01
    )
    assert (
        f"caused in all (95%) +{row['caused']:,.0f} (+{row['caused_low']:,.0f} to +{row['caused_high']:,.0f})" in words
    )
    assert f"cost {result.cost:,.0f} margin caused (95%) +{money['margin_caused']:,.0f}" in words


def test_nothing_is_called_caused_that_cannot_be_known():
    nobody = said(campaign_html(Campaign(within="7d", arm=None).run(story())))
    assert "nobody can tell" in nobody
    assert "caused in all (95%)" not in nobody
    wrong = said(campaign_html(Campaign(within="14d", holdout_share=0.1, **UNRECORDED).run(many(0.05))))
    assert "caused in all (95%)" not in wrong
    assert "sample ratio NO" in wrong


def test_a_page_is_written_whole_or_not_at_all(result, tmp_path):
    target = write_campaign(result, tmp_path / "campaign.html", title="<b>Spring</b>")
    assert "&lt;b&gt;Spring&lt;/b&gt;" in target.read_text()
    assert [one.name for one in tmp_path.iterdir()] == ["campaign.html"]
    with pytest.raises(FunnelUtilsError, match="nowhere"):
        write_campaign(result, tmp_path / "nowhere" / "campaign.html")
