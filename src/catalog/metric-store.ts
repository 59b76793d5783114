export { MetricStore } from "../metering/index.js"
