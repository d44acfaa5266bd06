import { AppError, validationFailed } from "@shop/platform/errors";
import {
  DeadLetterStatus,
  type ListDeadLettersRequest,
  type ListSagasRequest,
} from "@shop/protos/gen/shop/orders/v1/operator";
import { SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { sagaDocument } from "../../src/domain/documents.ts";
import { deadLetterDocument, deadLetterPage, sagaPage } from "../../src/domain/operator-documents.ts";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, sagaId, wireDeadLetter, wireSaga } from "../_neighbours.ts";

const failure = { code: "STEP_EXHAUSTED", message: "The payment could not be made.", step: "ProcessPayment" };

describe("the routes for operators", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    gateway.neighbours.onSagaRequest = () => wireSaga();
    gateway.neighbours.onGetDeadLetter = () => wireDeadLetter();
  });

  const as = (role: string) => ({ authorization: `Bearer ${gateway.tokens.userToken({ role })}` });
  const get = (path: string, role = "operator") => gateway.get(path, { headers: as(role) });
  const post = (path: string, body: unknown, role = "operator") => gateway.post(path, body, as(role));

  describe("GET /api/sagas", () => {
    let asked: ListSagasRequest[];
    beforeEach(() => {
      asked = [];
      gateway.neighbours.onListSagas = (request) => {
        asked.push(request);
        const saga = wireSaga({ status: SagaStatus.SAGA_STATUS_COMPENSATING, completedAt: undefined, failure });
        return { sagas: [saga], nextPageToken: "more" };
      };
    });

    it("answers a page of sagas, with why each was turned round", async () => {
      const { status, headers, body } = await get("/api/sagas");

      expect(status).toBe(200);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(sagaPage.safeParse(body).success).toBe(true);
      expect(body).toMatchObject({ sagas: [{ id: sagaId, status: "Compensating", failure }], nextPageToken: "more" });
      expect(asked).toEqual([
        { statuses: [], currentStep: "", error: "", minAge: undefined, pageSize: 0, pageToken: "" },
      ]);
    });

    it("passes every filter on", async () => {
      await get("/api/sagas?status=Parked&step=ProcessPayment&error=timed%20out&minAge=300&pageSize=5&pageToken=abc");

      expect(asked).toEqual([
        {
          statuses: [SagaStatus.SAGA_STATUS_PARKED],
          currentStep: "ProcessPayment",
          error: "timed out",
          minAge: { seconds: 300n, nanos: 0 },
          pageSize: 5,
          pageToken: "abc",
        },
      ]);
    });

    it.each(["status=Parked,Compensating", "status=Parked&status=Compensating", "status=Parked,Compensating,Parked"])(
      "takes several statuses as ?%s",
      async (query) => {
        await get(`/api/sagas?${query}`);

        expect(asked[0]?.statuses).toEqual([SagaStatus.SAGA_STATUS_PARKED, SagaStatus.SAGA_STATUS_COMPENSATING]);
      },
    );

    it.each([
      ["status=Parkd", "status", "must be one or more of Started, InProgress"],
      ["status=parked", "status", "must be one or more of"],
      ["status=", "status", "must be one or more of"],
      ["minAge=PT5M", "minAge", "a whole number of seconds"],
      ["minAge=-1", "minAge", "a whole number of seconds"],
      ["minAge=999999999", "minAge", "a whole number of seconds"],
      ["pageSize=0", "pageSize", "from 1"],
      ["step=a&step=b", "step", "once"],
      [`error=${"x".repeat(201)}`, "error", "at most 200"],
      ["error=%00", "error", "U+0000"],
      ["current_step=ProcessPayment", "current_step", "not a known field"],
    ])("refuses ?%s by name", async (query, field, part) => {
      const { status, body } = await get(`/api/sagas?${query}`);

      expect(status).toBe(400);
      expect(body).toMatchObject({ code: "VALIDATION_FAILED", errors: [{ field }] });
      expect(body.errors).toHaveLength(1);
      expect(body.errors[0].message).toContain(part);
      expect(asked).toEqual([]);
    });
  });

  describe.each([
    ["retry", { reason: "The provider is back." }],
    ["compensate", { reason: "The customer called." }],
    ["resolve", { undo: "RefundPayment", reason: "Refunded by bank transfer 4711." }],
  ])("POST /api/sagas/{id}/%s", (name, good) => {
    const path = `/api/sagas/${sagaId}/${name}`;

    it("asks for it once and answers 202 with the saga", async () => {
      const asked: unknown[] = [];
      gateway.neighbours.onSagaRequest = (...request) => {
        asked.push(request);
        return wireSaga({ status: SagaStatus.SAGA_STATUS_PARKED, completedAt: undefined });
      };

      const { status, headers, body } = await post(path.replace(sagaId, sagaId.toUpperCase()), good);

      expect(status).toBe(202);
      expect(headers.get("location")).toBe(`/api/orders/${orderId}/saga`);
      expect(sagaDocument.safeParse(body).success).toBe(true);
      expect(body).toMatchObject({ id: sagaId, status: "Parked" });
      expect(asked).toEqual([[name, { sagaId, ...good }]]);
    });

    it("is not repeated where its outcome is unknown", async () => {
      let calls = 0;
      gateway.neighbours.onSagaRequest = () => {
        calls += 1;
        throw new AppError("UNAVAILABLE", "connect ECONNREFUSED 10.0.0.7:9080");
      };

      const { status, headers, body } = await post(path, good);

      expect(status).toBe(503);
      expect(body.code).toBe("UNAVAILABLE");
      expect(body.detail).toContain("may have been asked for");
      expect(headers.get("retry-after")).toBe("1");
      expect(calls).toBe(1);
    });

    it("answers 409 with the reason where it is not possible", async () => {
      gateway.neighbours.onSagaRequest = () => {
        throw new AppError("FAILED_PRECONDITION", "The saga has ended.", { reason: "SAGA_ENDED" });
      };

      const { status, body } = await post(path, good);

      expect(status).toBe(409);
      expect(body).toMatchObject({
        code: "FAILED_PRECONDITION",
        reason: "SAGA_ENDED",
        detail: "The saga has ended.",
      });
    });

    it.each([
      ["no reason", { ...good, reason: undefined }, { reason: "is required" }],
      ["a blank reason", { ...good, reason: "  " }, { reason: "is required" }],
      ["a reason of 501 characters", { ...good, reason: "x".repeat(501) }, { reason: "at most 500" }],
      ["a reason that is no text", { ...good, reason: 7 }, { reason: "must be text" }],
      ["an unknown field", { ...good, force: true }, { force: "is not a known field" }],
    ])("refuses %s and names it", async (_name, body, errors: Record<string, string>) => {
      const answer = await post(path, body);

      expect(answer.status).toBe(400);
      expect(answer.body.code).toBe("VALIDATION_FAILED");
      const named = Object.entries(errors).map(([field, message]) => ({
        field,
        message: expect.stringContaining(message),
      }));
      expect(answer.body.errors).toEqual(named);
    });

    it.each([
      ["nothing", ""],
      ["a list", []],
      ["broken JSON", "{"],
    ])("refuses %s as MALFORMED_BODY", async (_name, body) => {
      await expect(post(path, body)).resolves.toMatchObject({ status: 400, body: { code: "MALFORMED_BODY" } });
    });

    it("refuses a query by name", async () => {
      await expect(post(`${path}?force=true`, good)).resolves.toMatchObject({
        status: 400,
        body: { errors: [{ field: "force", message: "is not a known field" }] },
      });
    });

    it("refuses an id that is no UUID, a customer, a form and another method", async () => {
      const answers = await Promise.all([
        post(`/api/sagas/7/${name}`, good),
        post(path, good, "customer"),
        gateway.post(path, "reason=x", { ...as("operator"), "content-type": "application/x-www-form-urlencoded" }),
        get(path),
      ]);

      expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
        [400, "VALIDATION_FAILED"],
        [403, "PERMISSION_DENIED"],
        [415, "UNSUPPORTED_MEDIA_TYPE"],
        [405, "METHOD_NOT_ALLOWED"],
      ]);
      expect(answers[0]?.body.errors).toEqual([{ field: "id", message: "must be a UUID" }]);
    });
  });

  it("names what the order service finds wrong as the request has it", async () => {
    gateway.neighbours.onSagaRequest = () => {
      throw validationFailed([
        { field: "saga_id", message: "is not known" },
        { field: "undo", message: "is not an undo of this saga" },
      ]);
    };

    const { body } = await post(`/api/sagas/${sagaId}/resolve`, { undo: "Refund", reason: "Done." });

    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(["id", "undo"]);
  });

  describe("GET /api/dead-letters", () => {
    let asked: ListDeadLettersRequest[];
    beforeEach(() => {
      asked = [];
      gateway.neighbours.onListDeadLetters = (request) => {
        asked.push(request);
        return { deadLetters: [wireDeadLetter()], nextPageToken: "" };
      };
    });

    it("answers a page of dead letters", async () => {
      const { status, body } = await get("/api/dead-letters");

      expect(status).toBe(200);
      expect(deadLetterPage.safeParse(body).success).toBe(true);
      expect(body).toMatchObject({ deadLetters: [{ id: "17", status: "Open", attempts: 4 }], nextPageToken: "" });
      expect(asked).toEqual([{ statuses: [], step: "", sagaId: "", pageSize: 0, pageToken: "" }]);
    });

    it("passes every filter on", async () => {
      await get(`/api/dead-letters?status=Open,WorkedOff&step=RefundPayment&sagaId=${sagaId}&pageSize=1&pageToken=a`);

      const { DEAD_LETTER_STATUS_OPEN, DEAD_LETTER_STATUS_WORKED_OFF } = DeadLetterStatus;
      const statuses = [DEAD_LETTER_STATUS_OPEN, DEAD_LETTER_STATUS_WORKED_OFF];
      expect(asked).toEqual([{ statuses, step: "RefundPayment", sagaId, pageSize: 1, pageToken: "a" }]);
    });

    it.each([
      ["status=Done", "status"],
      ["sagaId=7", "sagaId"],
      ["saga_id=7", "saga_id"],
      ["status=Open&status=Done", "status"],
    ])("refuses ?%s by name", async (query, field) => {
      const { status, body } = await get(`/api/dead-letters?${query}`);

      expect(status).toBe(400);
      expect(body).toMatchObject({ code: "VALIDATION_FAILED", errors: [{ field }] });
    });

    it("reads one of them with what was asked for", async () => {
      const { status, body } = await get("/api/dead-letters/17");

      expect(status).toBe(200);
      expect(deadLetterDocument.safeParse(body).success).toBe(true);
      expect(body.request).toMatchObject({ orderId, items: [{ quantity: 2 }] });
    });

    it("answers 404 where there is none, and 400 where the id is none", async () => {
      gateway.neighbours.onGetDeadLetter = () => {
        throw new AppError("NOT_FOUND", "There is no such dead letter.");
      };

      await expect(get("/api/dead-letters/18")).resolves.toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
      await expect(get("/api/dead-letters/x")).resolves.toMatchObject({
        status: 400,
        body: { errors: [{ field: "id", message: "must be a whole number" }] },
      });
    });
  });

  it.each(["/api/sagas", "/api/dead-letters", "/api/dead-letters/17"])(
    "tells customers nothing at %s",
    async (path) => {
      await expect(get(path, "customer")).resolves.toMatchObject({ status: 403, body: { code: "PERMISSION_DENIED" } });
      await expect(get(path, "Admin")).resolves.toMatchObject({ status: 200 });
      await expect(gateway.get(path)).resolves.toMatchObject({ status: 401 });
    },
  );
});
