import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { checkCommand } from './check.ts';
import {
  commaSeparated,
  duration,
  durations,
  errata,
  families,
  faultNames,
  fewRouters,
  positiveInteger,
  repeated,
  shard,
  variantNames,
  versions,
  virtualRouterIds,
} from './options.ts';
import { portChoice } from './port-choice.ts';

declare const VRRPBENCH_VERSION: string;

const ERRATA_IN_WORDS = 'errata of RFC 9568 that count: some of 8298,8299,8300,8301, or none; else all';

const program = new Command('vrrpbench')
  .description('A bench for VRRP routers: builds LANs, runs real routers on them, breaks things, judges every frame.')
  .version(VRRPBENCH_VERSION)
  .enablePositionalOptions()
  .showHelpAfterError('(vrrpbench --help lists the commands)')
  // Wrong options are unusable input, as unreadable files are.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

// Each command but check is declared here and loaded when it is called, so that --help and a router start fast.

program
  .command('router')
  .description('run the virtual routers of a keepalived.conf on this machine')
  .argument('[options...]')
  .allowUnknownOption()
  .helpOption(false)
  .action(async (words: string[]) => {
    const { routerCommand } = await import('../router/command.ts');
    process.exitCode = await routerCommand(words);
  });

program
  .command('doctor')
  .description('what this machine can do for a lab, and the cure for what it cannot')
  .option('--json', 'as JSON: {labs, capabilities}')
  .addOption(new Option('--inside', 'examine the namespaces that it runs in').hideHelp())
  .action(async (options) => (await import('./doctor.ts')).doctor(options));

program
  .command('run')
  .description('play scenarios: build their LANs, run the routers, break what they say, judge every frame')
  .argument('[files or folders...]', 'scenario files, or folders of them; those that come with the bench unless said')
  .option(
    '--router <names>',
    'routers under test, separated by commas: native, keepalived, frr, port (see --port), or a file that says how one is run',
    commaSeparated,
    ['native'],
  )
  .option(
    '--port <[router[.lan]=]interface>',
    'the interface of this machine that leads to a router outside, for --router port; @MAC behind it; repeatable',
    portChoice,
  )
  .option('--operator <program>', 'starts and stops the router outside, in place of questions at the terminal')
  .option('--variant <names>', 'only these: v2-ipv4, v3-ipv4, v3-ipv6', variantNames)
  .addOption(
    new Option('--stage <stage>', 'real processes, or virtual time').choices(['lab', 'virtual']).default('lab'),
  )
  .option('--jobs <n>', 'scenarios side by side', positiveInteger)
  .option('--repeat <n>', 'play each so often; what is not always the same is named', positiveInteger)
  .option('--shard <i/n>', 'only this part of the scenarios, where n machines share them: 1/4', shard)
  .option('--out <dir>', 'where captures, logs and configurations go', 'runs')
  .option('--json', 'the whole result on standard output as JSON (docs/schema/run.json)')
  .option('--junit <file>', 'the result as JUnit XML')
  .option('--html <file>', 'one page for a browser: timelines, frames and the matrix')
  .option('--tap <file>', 'each verdict as it comes, by the Test Anything Protocol; - for standard output')
  .option('--events <file>', 'everything as it happens, an object of JSON a line; - for standard output')
  .addOption(new Option('--profile <name>', 'judge by this document').choices(['rfc3768', 'rfc5798', 'rfc9568']))
  .option('--errata <numbers>', ERRATA_IN_WORDS, errata)
  .addOption(new Option('--fail-on <level>', 'what makes the run fail').choices(['must', 'should']).default('must'))
  .option(
    '--expect <file>',
    'known deviations of a router (expectations/*.yaml), which do not fail; repeatable',
    repeated,
  )
  .option('--update', 'write the files of --expect as this run has them: the new is added, the repaired forgotten')
  .option('--seed <n>', 'what chance draws from; printed, so that a run can be repeated', positiveInteger)
  .action(async (paths, options) => {
    process.exitCode = await (await import('./run.ts')).runCommand(paths, options);
  });

program
  .command('init')
  .description('write a first scenario, with comments')
  .argument('[file]', 'where', 'scenario.yaml')
  .action(async (file) => {
    process.exitCode = await (await import('./init.ts')).initCommand(file);
  });

program
  .command('lab')
  .description("build a scenario's LANs, start its routers, and open a shell among them; all is gone when it ends")
  .argument('<file>', 'a scenario; none of its steps is done')
  .argument('[program...]', 'after --: runs in place of the shell')
  .option('--router <name>', 'who plays the routers: native, keepalived, frr, or a file that says how', 'native')
  .option('--variant <name>', "v2-ipv4, v3-ipv4, v3-ipv6; the scenario's first unless said", variantNames)
  .option('--out <dir>', 'where the capture, logs and configurations go, in a folder lab', 'runs')
  .option('--seed <n>', 'what chance draws from', positiveInteger)
  .action(async (file, words, options) => {
    process.exitCode = await (await import('./lab.ts')).labCommand(file, words, options);
  });

program
  .command('exec')
  .description('run a program on a machine of a lab that is open')
  .argument('<machine>', 'as the scenario calls it: r1')
  .argument('[program...]', 'after --; a shell unless said')
  .passThroughOptions()
  .action(async (machine, words) => {
    process.exitCode = await (await import('./enter.ts')).execCommand(machine, words);
  });

program
  .command('fault')
  .description('do a step of a scenario in a lab that is open: power-off r1, pull-cable r1, start r1')
  .argument('<words...>', 'the step: pull-cable r1, lose everything from r1, or as in a file')
  .passThroughOptions()
  .action(async (words) => {
    process.exitCode = await (await import('./enter.ts')).faultCommand(words);
  });

program
  .command('rehearse')
  .description('what users would notice of keepalived.conf files as they are: settings that conflict between them')
  .argument('<files...>', 'a keepalived.conf of each router')
  .option('--json', 'as JSON (docs/schema/rehearsal.json)')
  .addOption(new Option('--fail-on <level>', 'what makes it fail').choices(['must', 'should']).default('must'))
  .action(async (files, options) => {
    process.exitCode = await (await import('./rehearse.ts')).rehearseCommand(files, options);
  });

program
  .command('failover')
  .description('measure how long the network is gone: the fault strikes many times, each at another moment')
  .option(
    '--router <names>',
    'routers, separated by commas: native, keepalived, frr, or a file that says how one is run',
    commaSeparated,
    ['native'],
  )
  .option('--interval <durations>', 'advertisement intervals: 1s,100ms,10ms', durations, [1_000_000_000])
  .option('--version <numbers>', 'of VRRP: 2,3', versions, [3])
  .option('--family <names>', 'of the virtual addresses: ipv4,ipv6', families, ['ipv4'])
  .option('--fault <names>', 'what strikes the Active router, separated by commas; all for every fault', faultNames, [
    'power-off',
  ])
  .option('--runs <n>', 'how often each is measured', positiveInteger, 30)
  .option('--jobs <n>', 'LANs side by side', positiveInteger)
  .option('--out <dir>', 'where figures go, and the captures of the median and the worst run', 'runs/failover')
  .option('--json', 'the whole result on standard output as JSON (docs/schema/failover.json)')
  .option('--baseline <file>', 'failover.json of before: the exit status is 1 where it is slower now')
  .option('--threshold <duration>', 'slower by less is no regression', duration, 5_000_000)
  .option('--seed <n>', 'what chance draws from; printed, so that it can be repeated', positiveInteger)
  .action(async (options) => {
    process.exitCode = await (await import('./failover.ts')).failoverCommand(options);
  });

program
  .command('probe')
  .description('ping an address at a fixed rate while somebody fails it over, and tell how long it was gone')
  .argument('<address>', 'IPv4 or IPv6, a virtual address or what is behind it')
  .option('--every <duration>', 'from one request to the next', duration, 1_000_000)
  .option('--for <duration>', 'end after that long; else when it is interrupted', duration)
  .option('--below <duration>', 'the exit status is 1 where it was gone for longer', duration)
  .option('--interface <name>', 'where a link-local address is')
  .option('--json', 'every time without answers as JSON, at the end; times in milliseconds')
  .action(async (address, options) => {
    process.exitCode = await (await import('./probe.ts')).probeCommand(address, options);
  });

program
  .command('check')
  .description('judge captures: who was Active when, why it changed, and which rules were broken')
  .argument('[files...]', 'pcap or pcapng, compressed with gzip or not; - for standard input; several are read as one')
  .option('--offset <file=duration>', 'move the clock of one of several files: r2.pcap=-1.5s', repeated)
  .option(
    '--config <file>',
    'a keepalived.conf that says what was intended, FILE@ADDRESS of whom; repeatable',
    repeated,
  )
  .option('--each', 'judge each file on its own')
  .option('--rules [patterns]', 'list the rules, or judge by some: tx.*,-tx.checksum.v4')
  .option('--annotate <file>', 'write the frames again as pcapng, findings as comments that Wireshark shows')
  .option('--html <file>', 'write one page with the timeline')
  .option('--vrid <ids>', 'only these, separated by commas', virtualRouterIds)
  .option('--from <time>', 'only frames from here on: 2026-11-23T08:57:38Z, or seconds since 1970')
  .option('--to <time>', 'only frames until here')
  .addOption(
    new Option('--profile <name>', 'judge by this document; else rfc3768 for VRRPv2, rfc9568 for VRRPv3').choices([
      'rfc3768',
      'rfc5798',
      'rfc9568',
    ]),
  )
  .option('--errata <numbers>', ERRATA_IN_WORDS, errata)
  .option('--json', 'as JSON (docs/schema/check.json)')
  .addOption(new Option('--fail-on <level>', 'what makes the check fail').choices(['must', 'should']).default('must'))
  .action(async (files, options) => {
    process.exitCode = await checkCommand(files, options);
  });

program
  .command('watch')
  .description('the same as check, live: who is Active, what changes, what is found; it receives and sends nothing')
  .argument('<interfaces...>', 'by name')
  .option('--vrid <ids>', 'only these, separated by commas', virtualRouterIds)
  .addOption(new Option('--profile <name>', 'judge by this document').choices(['rfc3768', 'rfc5798', 'rfc9568']))
  .option(
    '--config <file>',
    'a keepalived.conf that says what was intended, FILE@ADDRESS of whom; repeatable',
    repeated,
  )
  .option('--ring <dir>', 'write a capture around each finding: 10 s before and after')
  .option('--ring-files <n>', 'captures that are kept there; the oldest goes', positiveInteger, 20)
  .option('--metrics <address>', 'metrics for Prometheus: unix:/PATH, :PORT on loopback, or ADDRESS:PORT')
  .option('--for <duration>', 'end after that long: 30s')
  .option('--no-promiscuous', 'only what the interface lets through by itself')
  .action(async (names, options) => {
    process.exitCode = await (await import('./watch.ts')).watchCommand(names, options);
  });

program
  .command('report')
  .description('reports of runs')
  .command('merge')
  .description('join the reports of shards: report.json (or what run --json printed) and JUnit files')
  .argument('<files or folders...>', 'of a folder every report.json and *.xml in it')
  .option('--json <file>', 'the joined report (docs/schema/run.json)')
  .option('--junit <file>', 'the joined JUnit report')
  .addOption(new Option('--fail-on <level>', 'what makes it fail').choices(['must', 'should']).default('must'))
  .action(async (paths, options) => {
    process.exitCode = await (await import('./report.ts')).mergeCommand(paths, options);
  });

program
  .command('matrix')
  .description('requirement by router and variant, from the reports that runs leave behind: holds, deviates, open')
  .argument('[files or folders...]', 'report.json of runs, or folders with them; of one scenario the last counts')
  .option('--markdown', 'as docs/matrix.md')
  .option('--json', 'as JSON')
  .action(async (paths, options) => {
    process.exitCode = await (await import('./matrix.ts')).matrixCommand(paths, options);
  });

program
  .command('requirements')
  .description('what VRRP asks of a router, and which rules and scenarios put it to the test, for version 2 and 3')
  .option('--json', 'as JSON')
  .option('--markdown', 'as docs/requirements.md')
  .action(async (options) => (await import('./requirements.ts')).requirementsCommand(options));

program
  .command('mutants')
  .description(
    'play scenarios with a router that misbehaves, in every way that there is: which are caught, and by what',
  )
  .argument('[files or folders...]', 'scenario files, or folders of them; the conformance suite unless said')
  .option('--only <names>', 'only these misbehaviours, separated by commas', commaSeparated)
  .option('--variant <names>', 'only these: v2-ipv4, v3-ipv4, v3-ipv6', variantNames)
  .addOption(
    new Option('--stage <stage>', 'real processes, or virtual time').choices(['lab', 'virtual']).default('virtual'),
  )
  .option('--jobs <n>', 'misbehaviours side by side', positiveInteger)
  .option('--json', 'as JSON')
  .action(async (paths, options) => {
    process.exitCode = await (await import('./mutants.ts')).mutantsCommand(paths, options);
  });

program
  .command('explore')
  .description(
    'play random LANs and faults in virtual time, judge what must hold in all of them, make what breaks it small',
  )
  .option('--seed <n>', 'of the first schedule; the next has the next one', positiveInteger, 1)
  .option('--schedules <n>', 'how many are played; 1000 unless said', positiveInteger)
  .option('--time <duration>', 'instead: until this time is over', duration)
  .option('--jobs <n>', 'threads', positiveInteger, availableParallelism())
  .option(
    '--beyond',
    'judge also where no RFC promises anything: one-way links, losses by chance, mixed intervals in version 2',
  )
  .option('--clocks', 'some clocks drift, and some processes wait for a core')
  .option('--misbehaviour <name>', 'one router of each LAN misbehaves so')
  .option(
    '--exhaustive <2|3>',
    'instead: every state of so many routers, whatever is lost or late, within --depth',
    fewRouters,
  )
  .option(
    '--depth <n>',
    'how many losses, deliveries, timers and faults in a row; 24 for two routers, 10 for three',
    positiveInteger,
  )
  .option('--out <dir>', 'where the scenarios of violations go', 'runs/explore')
  .option('--json', 'as JSON: the same for the same seeds')
  .action(async (options) => {
    process.exitCode = await (await import('./explore.ts')).exploreCommand(options);
  });

program
  .command('demo')
  .description('a failover, watched by a host that pings, told as a timeline')
  .option('--out <dir>', 'where the captures go', 'runs')
  .action(async (options) => {
    process.exitCode = await (await import('./demo.ts')).demoCommand(options);
  });

const COMPLETION = 'complete';

/** The command in the list of --help; `addCompletion` has what it does. */
function declareCompletion(): void {
  program
    .command(COMPLETION)
    .description("print a shell's completion script")
    .argument('<shell>', 'bash, zsh, fish, powershell');
}

/** Runs the command that these words call; `process.exitCode` says how it ended. */
export async function run(words: readonly string[]): Promise<void> {
  if (words[0] === COMPLETION) (await import('./completion.ts')).addCompletion(program, words);
  else declareCompletion();
  await program.parseAsync(words, { from: 'user' });
}
