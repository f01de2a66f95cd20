// Print what cdk-nag's AwsSolutions pack says of CloudFormation templates, as JSON: node nag.js TEMPLATE...
"use strict";

const path = require("node:path");
const { App, Stack } = require("aws-cdk-lib");
const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");
const { AwsSolutionsChecks } = require("cdk-nag");

const app = new App();
for (const templateFile of process.argv.slice(2)) {
  const stack = new Stack(app, path.basename(templateFile).split(".")[0]);
  new CfnInclude(stack, "Template", { templateFile });
}
const report = new AwsSolutionsChecks(app).validateScope(app);
process.stdout.write(JSON.stringify(report.violations));
