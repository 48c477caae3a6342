"""Pages that try: restored inert, they run nothing and ask nobody for anything."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from playwright.async_api import BrowserContext, Page

from abos.snapshot import CAPTURE_JS, Snapshot, World, capture

from .staging import Site, back, session

# HIT is an address whose server writes down that it was asked.
VECTORS = [
    # scripts as elements
    "<script>ran(1)</script>", "<SCRIPT SRC=HIT.js></SCRIPT>", "<script type=module>ran(1)</script>",
    "<script type=module src=HIT.js></script>", "<script defer src=HIT.js></script>",
    "<script type=importmap>{}</script><script type=module>import 'HIT.js'</script>",
    "<script type=speculationrules>{\"prefetch\":[{\"source\":\"list\",\"urls\":[\"HIT\"]}]}</script>",
    "<svg><script>ran(1)</script></svg>", "<svg><script href=HIT.js /></svg>",
    "<svg><script xlink:href='data:text/javascript,ran(1)' /></svg>", "<math><script>ran(1)</script></math>",
    "<script nomodule>ran(1)</script>", "<template><script>ran(1)</script></template>",
    "<div><template shadowrootmode=open><script>ran(1)</script><img src=x onerror=ran(1)></template></div>",
    # handlers
    "<img src=x onerror=ran(1)>", "<img src=x ONERROR=ran(1)>", "<img/src=x/onerror=ran(1)>", "<image src=x onerror=ran(1)>",
    "<svg onload=ran(1)>", "<svg/onload=ran(1)>", "<body onload=ran(1)>", "<body onpageshow=ran(1) onfocus=ran(1) onhashchange=ran(1)>",
    "<input autofocus onfocus=ran(1)>", "<select autofocus onfocus=ran(1)>", "<textarea autofocus onfocus=ran(1)></textarea>",
    "<details open ontoggle=ran(1)><summary>s</summary></details>", "<video src=x onerror=ran(1)></video>",
    "<video><source onerror=ran(1) src=x></video>", "<audio src=x onerror=ran(1)></audio>", "<marquee onstart=ran(1)>x</marquee>",
    "<object data=x onerror=ran(1)></object>", "<iframe onload=ran(1)></iframe>", "<iframe srcdoc=x onload=ran(1)></iframe>",
    "<style onload=ran(1)>p{}</style>", "<link rel=stylesheet href=x onerror=ran(1)>", "<p onclick=ran(1) id=press>x",
    "<style>@keyframes k{}</style><p style='animation:k 1s' onanimationstart=ran(1) onanimationend=ran(1)>x",
    "<p style='transition:all 1ms' ontransitionend=ran(1) onpointerover=ran(1)>x", "<div popover onbeforetoggle=ran(1)>x</div>",
    "<form oninput=ran(1) onsubmit=ran(1)><input><button>x</button></form>", "<x onfocus=ran(1) tabindex=1 autofocus>x</x>",
    "<svg><animate onbegin=ran(1) attributeName=x dur=1s></svg>", "<svg><set onbegin=ran(1) attributeName=x></svg>",
    "<svg><g onload=ran(1)></g></svg>", "<svg><discard onbegin=ran(1)></svg>", "<dialog open onclose=ran(1)><form method=dialog><button>x</button></form></dialog>",
    # addresses
    "<a href=javascript:ran(1)>x</a>", "<a href=' &#1;java&#9;script&#10;:ran(1)'>x</a>", "<a href=JaVaScRiPt:ran(1)>x</a>",
    "<a href=javascript&colon;ran(1) target=_self>x</a>", "<a href=vbscript:ran(1)>x</a>", "<area href=javascript:ran(1)>",
    "<svg><a xlink:href=javascript:ran(1)><text>x</text></a></svg>", "<svg><a href=javascript:ran(1)><text>x</text></a></svg>",
    "<math><mtext href=javascript:ran(1)>x</mtext></math>", "<math><maction xlink:href=javascript:ran(1)>x</maction></math>",
    "<svg><a><animate attributeName=href values=javascript:ran(1) /><text>x</text></a></svg>",
    "<svg><a><set attributeName=href to=javascript:ran(1) /><text>x</text></a></svg>",
    "<svg><a><animate attributeName=href from=javascript:ran(1) to=1 begin=0s /><text>x</text></a></svg>",
    "<svg><animate href=#q attributeName=href values='x;javascript:ran(1)' /><a id=q><text>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\" id=x onload=ran(1) />#x' /></svg>",
    "<form action=javascript:ran(1)><button>x</button></form>", "<form><button formaction=javascript:ran(1)>x</button></form>",
    "<form><input type=submit formaction=javascript:ran(1)></form>", "<form id=f></form><button form=f formaction=javascript:ran(1)>x</button>",
    "<base href=javascript:/a/><a href=//%0aran(1)>x</a>", "<isindex action=javascript:ran(1) type=image>",
    # frames
    "<iframe src=javascript:ran(1)></iframe>", "<iframe srcdoc='<script>parent.ran(1)</script>'></iframe>",
    "<iframe srcdoc='&lt;img src=HIT onerror=parent.ran(1)>'></iframe>", "<iframe src='data:text/html,<script>ran(1)</script>'></iframe>",
    "<iframe src=/frame.html></iframe>", "<object data=/frame.html></object>", "<embed src=/frame.html>",
    "<object data=javascript:ran(1)></object>", "<object data='data:text/html,<script>ran(1)</script>'></object>",
    "<embed src=javascript:ran(1)>", "<embed src='data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\" onload=ran(1) />'>",
    "<object type=text/html data=HIT><param name=src value=HIT></object>", "<frameset onload=ran(1)><frame src=javascript:ran(1)></frameset>",
    "<iframe sandbox=allow-scripts srcdoc='<script>ran(1)</script>'></iframe>", "<portal src=HIT></portal>", "<fencedframe src=HIT></fencedframe>",
    # what acts without a script
    "<meta http-equiv=refresh content='1;url=HIT'>", "<meta http-equiv=refresh content='1;url=javascript:ran(1)'>",
    "<meta http-equiv=set-cookie content='a=b'>", "<meta http-equiv=Content-Security-Policy content=\"script-src * 'unsafe-inline'; report-uri HIT\">",
    "<link rel=preload as=image href=HIT>", "<link rel=prefetch href=HIT>", "<link rel=modulepreload href=HIT.js>", "<link rel=dns-prefetch href=HIT>",
    "<link rel=preconnect href=HIT>", "<link rel=prerender href=HIT>", "<link rel=manifest href=HIT>", "<link rel=icon href=HIT>",
    "<link rel=stylesheet href=HIT.css>", "<style>@import 'HIT.css'; @font-face{font-family:f;src:url(HIT)} p{background:url(HIT);font-family:f;cursor:url(HIT),auto}</style><p>x",
    "<p style='background:url(HIT)'>x", "<style>a[href^=x]{list-style:url(HIT)} li::before{content:url(HIT)}</style><ul><li>x</ul>",
    "<img src=HIT>", "<img srcset='HIT 1x'>", "<picture><source srcset=HIT><img></picture>", "<input type=image src=HIT>",
    "<video src=HIT poster=HIT autoplay></video>", "<audio src=HIT autoplay></audio>", "<video><track default src=HIT></video>",
    "<svg><image href=HIT width=9 height=9 /><use href=HIT#a /><filter id=z><feImage href=HIT /></filter></svg>", "<body background=HIT>", "<table background=HIT><td>x</table>",
    "<a href=# ping=HIT>x</a>", "<form action=HIT method=post><input name=a value=b><button>x</button></form>",
    # parsers that see something else
    "<noscript><p title='</noscript><img src=x onerror=ran(1)>'>", "<xmp><p title='</xmp><img src=x onerror=ran(1)>'>",
    "<style><p title='</style><img src=x onerror=ran(1)>'>", "<textarea><p title='</textarea><img src=x onerror=ran(1)>'>",
    "<svg><style><img src=x onerror=ran(1)></style></svg>", "<svg></p><style><a id='</style><img src=1 onerror=ran(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=ran(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=ran(1)>",
    "<!--><img src=x onerror=ran(1)>-->", "<![CDATA[<img src=x onerror=ran(1)>]]>", "<?xml <img src=x onerror=ran(1)>?>",
    "<plaintext><img src=x onerror=ran(1)>", "<select><template><img src=x onerror=ran(1)></template></select>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.ran(1)</script>'></iframe></foreignObject></svg>",
    "<listing>&lt;img src=x onerror=ran(1)&gt;</listing>", "<title>&lt;/title>&lt;img src=x onerror=ran(1)></title>",
]  # fmt: skip
FRAME = "<!doctype html><script>parent.ran && parent.ran(1)</script><img src=x onerror=ran(1)><p onclick=ran(1)>in"
TRY = """() => {
  for (const el of document.querySelectorAll("*")) {
    try { el.click?.(); el.dispatchEvent(new MouseEvent("click", { bubbles: true })); el.focus?.(); } catch { /* fine */ }
  }
  for (const form of document.forms) try { form.requestSubmit(); } catch { /* fine */ }
  const bad = [];
  const look = (root) => { for (const el of root.querySelectorAll("*")) {
    for (const name of Element.prototype.getAttributeNames.call(el)) {
      const value = (Element.prototype.getAttribute.call(el, name) ?? "").replace(/[\\x00-\\x20]/g, "").toLowerCase();
      if (name.toLowerCase().startsWith("on") || /(^|[;,])(java|vb)script:/.test(value) || name === "srcdoc") bad.push(`${el.localName} ${name}`);
    }
    if (el.localName === "script" && (el.getAttribute("type") !== "application/x-inert" || el.textContent)) bad.push("script");
    if (el.shadowRoot) look(el.shadowRoot);
    if (el.localName === "template") look(el.content);
  } };
  look(document);
  return bad;
}"""


def test_there_are_enough_of_them() -> None:
    assert len(set(VECTORS)) == len(VECTORS) >= 60


async def taken(page: Page, site: Site, vector: str) -> Snapshot:
    """The page of a vector, which does what it can before it is captured."""
    markup = vector.replace("HIT", site.url + "/hit")
    site.files["/page"] = f"<!doctype html><body><p>before</p>{markup}"
    await page.goto(site.url + "/page", wait_until="load")
    cdp = await session(page)
    snapshot = await capture(await World.attach(cdp, (CAPTURE_JS,)), taken_at=1.0)
    await cdp.detach()
    return snapshot


_CLOSING_S = 5.0


@pytest.mark.timeout(300)
async def test_nothing_runs_and_nothing_is_asked_for(context: BrowserContext) -> None:
    failures: dict[str, object] = {}
    with Site({"/frame.html": FRAME}) as site:
        snapshots: dict[str, Snapshot] = {}
        page = await context.new_page()
        await page.add_init_script("window.ran = () => {}; navigator.serviceWorker ??= null")
        for vector in VECTORS:
            snapshots[vector] = await taken(page, site, vector)
        await page.close()
        assert len(site.hits) > len(VECTORS)
        first, *_ = context.pages or [await context.new_page()]
        for vector, snapshot in snapshots.items():
            site.hits.clear()
            result = await back(context, first, snapshot)
            bad = await result.after.evaluate(TRY)
            if bad or result.ran or site.hits or result.report.elements_differ:
                failures[vector] = (bad, result.ran, list(site.hits), result.report.elements_differ)
            if "refresh" in vector:
                await asyncio.sleep(1.3)
                if site.hits or result.ran:
                    failures[vector] = ("later", result.ran, list(site.hits))
            # Some vectors leave a navigation that Chromium never ends, and that closing waits for:
            # such a page goes with its context.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING_S):
                    await result.after.close()
    assert failures == {}


async def test_script_is_dead_even_where_it_was_not_stripped(context: BrowserContext) -> None:
    """The policy holds by itself: what is put into the page afterwards does not run either."""
    with Site({}) as site:
        page = await context.new_page()
        snapshot = await taken(page, site, "<p id=p>x")
        site.hits.clear()
        result = await back(context, page, snapshot)
        await result.after.evaluate(f"""() => {{
          const p = document.getElementById("p");
          p.innerHTML = "<img src=x onerror=ran(1)><iframe srcdoc='<script>parent.ran(1)</script>'></iframe>";
          p.append(Object.assign(document.createElement("script"), {{ text: "ran(1)" }}));
          p.append(Object.assign(document.createElement("script"), {{ src: "{site.url}/hit.js" }}));
          p.append(Object.assign(document.createElement("img"), {{ src: "{site.url}/hit" }}));
          p.append(Object.assign(document.createElement("a"), {{ href: "javascript:ran(1)" }}));
          p.lastChild.click();
          p.setAttribute("onclick", "ran(1)"); p.click();
        }}""")
        await asyncio.sleep(0.3)
        assert (result.ran, site.hits) == ([], [])


async def test_a_restored_page_can_be_left(context: BrowserContext) -> None:
    with Site({}) as site:
        page = await context.new_page()
        snapshot = await taken(page, site, "<p>was</p>")
        result = await back(context, page, snapshot)
        site.files["/next"] = "<!doctype html><script>document.title = 'alive'</script>"
        await result.after.goto(site.url + "/next")
        assert await result.after.title() == "alive"
        site.hits.clear()
        await result.after.goto(site.url + "/page")
        assert site.hits[:1] == ["/page"]


async def test_a_restored_page_can_be_loaded_again(context: BrowserContext) -> None:
    with Site({}) as site:
        page = await context.new_page()
        snapshot = await taken(page, site, "<p>was</p>")
        result = await back(context, page, snapshot)
        site.files["/page"] = "<!doctype html><script>document.title = 'alive'</script>"
        site.hits.clear()
        await result.after.goto(site.url + "/page")
        assert (await result.after.title(), site.hits[:1]) == ("alive", ["/page"])
