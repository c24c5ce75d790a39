"""The breadth-first executor: plan, run, cache. It knows GraphQL and knows no domain."""
