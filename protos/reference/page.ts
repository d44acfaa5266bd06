import type { Contract, Described, Enum, Message, Method, Service, StreamedType, Type } from "./contracts.ts";
import { type Html, html, trusted } from "./html.ts";

const GOOGLE: Readonly<Record<string, string>> = {
  "google.protobuf.": "https://protobuf.dev/reference/protobuf/google.protobuf/",
  "google.type.Money": "https://github.com/googleapis/googleapis/blob/master/google/type/money.proto",
  "google.rpc.": "https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto",
};

/** The reference of all contracts, as one page without a script that needs nothing else. */
export function referencePage(contracts: readonly Contract[], style: string): string {
  const title = "gRPC reference";
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Shop</title>
<style>${trusted(style)}</style>
</head>
<body>
<nav aria-label="Contents">
<p class="home"><a href="#top">${title}</a> · <a href="/docs">REST reference</a></p>
${contracts.map(contents)}
</nav>
<main id="top">
<h1>${title}</h1>
${introduction}
${contracts.map(contractSection)}
</main>
</body>
</html>
`;
  return page.html;
}

const introduction = html`
<p>Generated from the comments of the .proto files. Outside production every server shows the same by reflection, so that
<a href="https://github.com/fullstorydev/grpcurl">grpcurl</a> needs no file:</p>
<pre><code>grpcurl -plaintext -H "authorization: Bearer $TOKEN" \\
  -d '{"items":[{"product_id":"01900000-0000-7000-9000-000000000001","quantity":1}]}' \\
  localhost:9080 shop.orders.v1.OrderService/CreateOrder</code></pre>
<p>A token comes from <code>POST /auth/login</code> (users) or <code>POST /auth/oauth2/token</code> (services), as the
<a href="/docs">REST reference</a> tells. Under <code>npm start</code> orders listen on 9080, inventory on 9081, payments on 9082,
shipping on 9083 and notifications on 9084.</p>
<table>
<thead><tr><th scope="col">metadata</th><th scope="col">what it says</th></tr></thead>
<tbody>
<tr><td><code>authorization</code></td><td><code>Bearer</code> and an access token.</td></tr>
<tr><td><code>idempotency-key</code></td><td>Makes a call safe to repeat, as the field of that name does; one of the two is enough.</td></tr>
<tr><td><code>x-correlation-id</code></td><td>Stands in every log line of the call, and in the answer. Default: a new one.</td></tr>
<tr><td><code>traceparent</code></td><td>The trace that the call belongs to (W3C Trace Context).</td></tr>
</tbody>
</table>
<p>An error carries a <code>google.rpc.Status</code> in <code>grpc-status-details-bin</code>: an <code>ErrorInfo</code> with a stable
<code>reason</code> in the domain <code>shop</code>, a <code>BadRequest</code> with every field violation of an INVALID_ARGUMENT,
and a <code>RetryInfo</code> where it is worth coming back.</p>
`;

function contents({ name, services, messages, enums }: Contract): Html {
  return html`<section>
<h2><a href="#${name}">${name}</a></h2>
${services.map((service) => html`<h3><a href="#${service.fullName}">${service.name}</a></h3>${links(service.methods)}`)}
${named("Messages", messages)}
${named("Enums", enums)}
</section>
`;
}

function named(title: string, described: readonly Described[]): Html | undefined {
  if (described.length === 0) return undefined;
  return html`<details><summary>${title}</summary>${links(described)}</details>`;
}

function links(described: readonly Described[]): Html {
  return html`<ul>${described.map(({ name, fullName }) => html`<li><a href="#${fullName}">${name}</a></li>`)}</ul>`;
}

function contractSection({ name, services, messages, enums }: Contract): Html {
  return html`<section>
<h2 id="${name}"><a href="#${name}">${name}</a></h2>
${services.map(serviceSection)}
${messages.length > 0 ? html`<h3>Messages</h3>${messages.map(messageSection)}` : undefined}
${enums.length > 0 ? html`<h3>Enums</h3>${enums.map(enumSection)}` : undefined}
</section>
`;
}

function serviceSection(service: Service): Html {
  return html`<h3 id="${service.fullName}"><a href="#${service.fullName}">${service.name}</a> <small>service</small></h3>
${prose(service.comment)}
${service.methods.map((method) => methodSection(service, method))}
`;
}

function methodSection(service: Service, method: Method): Html {
  return html`<article>
${heading(method)}
<p class="signature"><code>${side(method.request)} → ${side(method.response)}</code></p>
${prose(method.comment)}
<p class="path"><code>/${service.fullName}/${method.name}</code></p>
</article>
`;
}

function side({ isStream, type }: StreamedType): Html {
  return html`${isStream ? html`<b class="stream">stream</b> ` : undefined}${typeLink(type)}`;
}

function messageSection(message: Message): Html {
  const rows = message.fields.map(
    ({ name, fullName, number, type, comment, oneof }) => html`<tr id="${fullName}">
<td><code>${name}</code> <small>${number}</small></td>
<td><code>${typeLink(type)}</code></td>
<td>${oneof ? html`<p><small>one of ${oneof}</small></p>` : undefined}${prose(comment)}</td>
</tr>
`,
  );
  return html`<article>
${heading(message)}
${prose(message.comment)}
${rows.length > 0 ? table(["field", "type", "meaning"], rows) : html`<p class="empty">No fields.</p>`}
</article>
`;
}

function enumSection(described: Enum): Html {
  const rows = described.values.map(
    ({ name, fullName, number, comment }) => html`<tr id="${fullName}">
<td><code>${name}</code> <small>${number}</small></td>
<td>${prose(comment)}</td>
</tr>
`,
  );
  return html`<article>${heading(described)}${prose(described.comment)}${table(["value", "meaning"], rows)}</article>`;
}

function heading({ name, fullName }: Described): Html {
  return html`<h4 id="${fullName}"><a href="#${fullName}">${name}</a></h4>`;
}

function table(columns: readonly string[], rows: readonly Html[]): Html {
  return html`<table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table>`;
}

function typeLink({ before, name, after, fullName }: Type): Html {
  return html`${before}${fullName ? html`<a href="${placeOf(fullName)}">${name}</a>` : name}${after}`;
}

function placeOf(fullName: string): string {
  const [, url] = Object.entries(GOOGLE).find(([prefix]) => fullName.startsWith(prefix)) ?? [];
  return url ?? `#${fullName}`;
}

/** A comment as paragraphs, with what stands in backticks as code. */
function prose(comment: string): Html[] {
  if (comment === "") return [];
  return comment.split(/\n\s*\n/).map((paragraph) => html`<p>${paragraph.split("`").map(textOrCode)}</p>`);
}

function textOrCode(text: string, index: number): Html {
  if (index % 2 === 1) return html`<code>${text}</code>`;
  return html`${text.split(/(https?:\/\/\S*\w)/).map(textOrLink)}`;
}

function textOrLink(text: string, index: number): Html {
  return index % 2 === 1 ? html`<a href="${text}">${text}</a>` : html`${text}`;
}
