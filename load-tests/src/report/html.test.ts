import { html, when } from "./html.ts";

test("what is put in is escaped, once", () => {
  const evil = `<script>alert("1" & '2')</script>`;
  const escaped = "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;";
  expect(html`<p title="${evil}">${evil}</p>`.text).toBe(`<p title="${escaped}">${escaped}</p>`);
  expect(html`<div>${html`<p>${evil}</p>`}</div>`.text).toBe(`<div><p>${escaped}</p></div>`);
});

test("lists follow one another, and what is not there leaves nothing", () => {
  expect(html`<ul>${[1, 2].map((number) => html`<li>${number}</li>`)}</ul>`.text).toBe("<ul><li>1</li><li>2</li></ul>");
  expect(html`${when(false, () => html`<p></p>`)}${when(true, () => html`<b></b>`)}`.text).toBe("<b></b>");
});
