export default {
  input: "worker.mjs",
  resolve: { conditionNames: ["workerd", "worker", "browser", "import"], mainFields: ["module", "main"] },
};
