import type { ProviderState } from "./interaction.ts";
import type { Expected, Matcher } from "./match.ts";

/** What a consumer expects of a provider over HTTP: data, as for gRPC. */
export interface HttpBoundary {
  readonly consumer: string;
  readonly provider: string;
  readonly interactions: readonly HttpInteraction[];
}

/** One request and its answer. */
export interface HttpInteraction {
  /** Unique between this consumer and this provider. */
  readonly description: string;
  readonly given: readonly ProviderState[];
  readonly request: HttpRequest;
  readonly response: HttpResponse;
}

/** What is asked. Headers that are not named here may come too; a body has just these members. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly headers?: HttpHeaders;
  /** A JSON body; a request has this, a form, or nothing. */
  readonly body?: Expected;
  /** A form's fields. */
  readonly form?: Readonly<Record<string, string>>;
}

/** What is answered. Headers and members that are not named here may come too; where no body is named, none is looked at. */
export interface HttpResponse {
  readonly status: number;
  readonly headers?: HttpHeaders;
  readonly body?: Expected;
}

/** Headers by their names in small letters; a body is of JSON where there is no `content-type`. */
export type HttpHeaders = Readonly<Record<string, string | Matcher>>;

/** The media type of a form. */
export const formType = "application/x-www-form-urlencoded";
