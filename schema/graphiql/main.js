import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import "./page.css";
import { setNonce } from "get-nonce";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

const FIRST_QUERY = `# 小哥之家 GraphQL 接口
# 运行：Ctrl-Enter（Mac 为 ⌘-Enter）
# 输入时自动补全；左上角的书本图标是接口文档。
#
# The Xiaoge Hub GraphQL API
# Run with Ctrl-Enter (Mac: ⌘-Enter).
# Names complete as you type; the book icon
# at the top left opens the documentation.

query FirstCourses {
  courses(first: 5) {
    nodes {
      id
      title
    }
  }
}
`;

const place = document.getElementById("graphiql");
// Radix writes one style element while a dialog is open; the nonce is what lets it.
setNonce(place.nonce);

const fetcher = createGraphiQLFetcher({ url: place.dataset.endpoint });

createRoot(place).render(createElement(GraphiQL, { fetcher, defaultQuery: FIRST_QUERY }));
