export type { CaptureEnd } from './capture/end.ts';
export type { RunEvent } from './capture/event.ts';
export { CaptureFileError, readCaptureFile } from './capture/file.ts';
export type { CaptureInterface, FrameRecord, FrameSink, PortRole } from './capture/frame.ts';
export type { Intent, VirtualRouterIntent } from './capture/intent.ts';
export type { TimeOrigin } from './capture/time.ts';
export {
  type CheckCaptureOptions,
  type CheckedCapture,
  checkCapture as check,
  checkCapture,
} from './conformance/check-capture.ts';
export { type CheckCapturesOptions, type CheckedFile, checkCaptures } from './conformance/check-captures.ts';
export type { Observer, ObserverOptions } from './conformance/observer/api.ts';
export { createObserver } from './conformance/observer/observer.ts';
export type {
  Finding,
  FrameReference,
  Observation,
  Profile,
  TakeoverTiming,
  Tenure,
  Verdict,
  VirtualRouterHistory,
} from './conformance/result.ts';
export { availableImplementations, launchFor } from './implementations/registry.ts';
export { type LabOptions, openLab } from './lab/lab.ts';
export { findingsAgainst, type Judged } from './library/conformity.ts';
export { type FailOverJudgement, judgeFailOver } from './library/fail-over.ts';
export { type Lab, type LibraryLabOptions, lab, type PlayOptions, type Run } from './library/lab.ts';
export { type PlanOptions, type Scenario, scenario } from './library/scenario.ts';
export { type CompileOptions, compileDocument, variantsOf } from './scenario/compile.ts';
export type { RunOptions } from './scenario/judge-run.ts';
export { compileScenario, type ParsedScenario, parseScenario } from './scenario/parse.ts';
export {
  type Condition,
  type CraftedAdvertisement,
  type CraftedFrame,
  type CraftedPacket,
  type CraftedQuestion,
  PLAN_VERSION,
  type Plan,
  type PlanExpectation,
  type PlanStep,
  type SendDescription,
} from './scenario/plan.ts';
export { DocumentError, ScenarioError, type ScenarioProblem } from './scenario/problem.ts';
export {
  type ExpectationResult,
  failsRun,
  type ScenarioResult,
  type StepResult,
  type UnexpectedExit,
  worstVerdict,
} from './scenario/result.ts';
export { runPlan } from './scenario/runner.ts';
export { type ScenarioDocument, scenarioJsonSchema } from './scenario/schema.ts';
export {
  type PlannedScenario,
  runSuite,
  type SuiteListener,
  type SuiteOptions,
  type SuiteResult,
} from './scenario/suite.ts';
export { VARIANTS, type Variant } from './scenario/variant.ts';
export { createSimulation } from './simulation/simulation.ts';
export type { Probe, StageAction, WireFault } from './stage/action.ts';
export { type Stage, type StageCapabilities, StageError, type StageListener, type StageSet } from './stage/stage.ts';
export type {
  HostDescription,
  NodeDescription,
  PortDescription,
  RouterDescription,
  TesterDescription,
  Topology,
} from './stage/topology.ts';
export type { Family, VrrpVersion } from './wire/vrrp.ts';
