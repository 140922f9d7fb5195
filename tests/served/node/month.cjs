// A whole metered month with Stripe's own SDK for Node: node month.cjs URL (with NODE_PATH naming its node_modules)
const assert = require("node:assert/strict");
const http = require("node:http");
const Stripe = require("stripe");

const START = 1767225600; // 2026-01-01T00:00:00Z
const MONTH = 31 * 86400;
const base = new URL(process.argv[2]);
const options = {
  host: base.hostname,
  port: Number(base.port),
  protocol: "http",
  maxNetworkRetries: 2,
  telemetry: false,
};
const stripe = new Stripe("sk_test_node", options);

function listen() {
  const got = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      got.push({ body: Buffer.concat(chunks), signature: request.headers["stripe-signature"] });
      response.end();
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve({ server, got })));
}

async function until(look) {
  for (let tries = 0; tries < 200; tries++) {
    const seen = await look();
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("waited in vain");
}

async function advance(clock, to) {
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: to });
  await until(async () => (await stripe.testHelpers.testClocks.retrieve(clock.id)).status === "ready");
}

async function main() {
  const { server, got } = await listen();
  const endpoint = await stripe.webhookEndpoints.create({
    url: `http://127.0.0.1:${server.address().port}/hook`,
    enabled_events: ["invoice.created", "invoice.finalized", "invoice.paid"],
  });
  const meter = await stripe.billing.meters.create({
    display_name: "API calls",
    event_name: "api_calls",
    default_aggregation: { formula: "sum" },
  });
  const price = await stripe.prices.create({
    currency: "usd",
    billing_scheme: "tiered",
    tiers_mode: "graduated",
    tiers: [{ up_to: 1000, unit_amount: 2 }, { up_to: "inf", unit_amount_decimal: "1.5" }],
    recurring: { interval: "month", usage_type: "metered", meter: meter.id },
    product_data: { name: "API calls" },
  });
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: START, name: "node" });
  const customer = await stripe.customers.create({
    test_clock: clock.id,
    payment_method: "pm_card_visa",
    invoice_settings: { default_payment_method: "pm_card_visa" },
  });
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    expand: ["latest_invoice"],
  });
  assert.equal(subscription.status, "active");

  // usage: by v1, by v2, and through the v2 stream
  const payload = (value) => ({ stripe_customer_id: customer.id, value: String(value) });
  await stripe.billing.meterEvents.create({ event_name: "api_calls", payload: payload(600), timestamp: START });
  await stripe.v2.billing.meterEvents.create({
    event_name: "api_calls",
    payload: payload(300),
    timestamp: new Date(START * 1000).toISOString(),
  });
  const session = await stripe.v2.billing.meterEventSession.create();
  const stream = new Stripe(session.authentication_token, options);
  await stream.v2.billing.meterEventStream.create({
    events: [1, 2, 3, 4, 5, 6].map((number) => ({
      event_name: "api_calls",
      identifier: `streamed-${number}`,
      payload: payload(100),
      timestamp: new Date(START * 1000).toISOString(),
    })),
  });
  await assert.rejects(
    stripe.billing.meterEvents.create({ event_name: "api_calls", identifier: "streamed-1", payload: payload(1) }),
    (error) => error.type === "StripeInvalidRequestError" && /streamed-1/.test(error.message)
  );
  await until(async () => {
    const seen = await stripe.billing.meters.listEventSummaries(meter.id, {
      customer: customer.id,
      start_time: START,
      end_time: START + MONTH,
    });
    return seen.data.length && seen.data[0].aggregated_value === 1500;
  });

  // the month ends: a draft for an hour, then final and paid
  await advance(clock, START + MONTH);
  const [draft] = (await stripe.invoices.list({ customer: customer.id, limit: 1 })).data;
  assert.equal(draft.status, "draft");
  await advance(clock, START + MONTH + 2 * 3600);
  const bill = await stripe.invoices.retrieve(draft.id, { expand: ["customer"] });
  assert.equal(bill.status, "paid");
  assert.equal(bill.total, 2750); // 1000 at 2 cents, 500 at 1.5
  assert.equal(bill.customer.id, customer.id);
  assert.deepEqual(bill.lines.data.map((line) => line.quantity), [1000, 500]);

  // webhooks: all there, signed, and a tampered one is refused
  const events = await until(() => {
    const taken = got.map(({ body, signature }) => stripe.webhooks.constructEvent(body, signature, endpoint.secret));
    const types = taken.filter((event) => event.data.object.id === bill.id).map((event) => event.type);
    return types.length === 3 && types;
  });
  assert.deepEqual(events, ["invoice.created", "invoice.finalized", "invoice.paid"]);
  const tampered = Buffer.from(got[0].body.toString().replace("invoice", "invoicE"));
  assert.throws(
    () => stripe.webhooks.constructEvent(tampered, got[0].signature, endpoint.secret),
    (error) => error.type === "StripeSignatureVerificationError"
  );

  // lists page by themselves, errors are the SDK's own, retries keep their key
  const all = await stripe.events.list({ limit: 5 }).autoPagingToArray({ limit: 1000 });
  assert.ok(all.length > 10);
  await assert.rejects(stripe.customers.retrieve("cus_nobody"), (error) => {
    return error.statusCode === 404 && error.code === "resource_missing" && Boolean(error.requestId);
  });
  const once = { idempotencyKey: "node-once" };
  const [first, second] = [
    await stripe.customers.create({ name: "Ada" }, once),
    await stripe.customers.create({ name: "Ada" }, once),
  ];
  assert.equal(first.id, second.id);
  server.close();
  server.closeAllConnections();
  console.log(JSON.stringify({ sdk: Stripe.PACKAGE_VERSION, invoice: bill.id, total: bill.total, webhooks: got.length }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
