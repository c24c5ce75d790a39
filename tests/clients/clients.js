// Asks the hub at the address given with Apollo Client's and urql's own persisted queries, and
// prints what each of them sent and what it got.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";

const [url, text, manifestId] = process.argv.slice(2);
const sha256 = async (value) => createHash("sha256").update(value).digest("hex");

function recorder() {
  const requests = [];
  const recorded = (address, options = {}) => {
    const { searchParams } = new URL(address);
    const body = options.body ? JSON.parse(options.body) : Object.fromEntries(searchParams);
    requests.push(`${options.method ?? "GET"} ${body.query ? "text" : "hash"}`);
    return fetch(address, options);
  };
  return { requests, recorded };
}

async function apollo(options, times) {
  const { requests, recorded } = recorder();
  const link = ApolloLink.from([
    new PersistedQueryLink({ useGETForHashedQueries: true, ...options }),
    new HttpLink({ uri: url, fetch: recorded }),
  ]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = gql(text);
  const data = [];
  for (let time = 0; time < times; time += 1) {
    const result = await client.query({ query, fetchPolicy: "network-only" });
    data.push(result.data.echo);
  }
  return { requests, data };
}

async function urql(options, times) {
  const { requests, recorded } = recorder();
  const client = new Client({
    url,
    fetch: recorded,
    preferGetMethod: false,
    exchanges: [persistedExchange({ preferGetForPersistedQueries: true, ...options }), fetchExchange],
  });
  const data = [];
  for (let time = 0; time < times; time += 1) {
    const result = await client.query(text, {}, { requestPolicy: "network-only" }).toPromise();
    data.push(result.error ? String(result.error) : result.data.echo);
  }
  return { requests, data };
}

const byManifest = async () => manifestId;
const run = {
  "apollo by hash": () => apollo({ sha256 }, 2),
  "apollo by manifest": () => apollo({ generateHash: byManifest }, 1),
  "urql by hash": () => urql({}, 2),
  "urql by manifest": () => urql({ enforcePersistedQueries: true, generateHash: byManifest }, 1),
};
const results = {};
for (const name of Object.keys(run)) {
  results[name] = await run[name]();
}
console.log(JSON.stringify(results));
