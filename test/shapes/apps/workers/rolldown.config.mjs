export default { resolve: { conditionNames: ["workerd", "worker", "browser", "import"] } };
