#!/usr/bin/env node
import { Command, Option } from 'commander';

declare const VRRPBENCH_VERSION: string;

const program = new Command('vrrpbench')
  .description('A bench for VRRP routers: builds LANs, runs real routers on them, breaks things, judges every frame.')
  .version(VRRPBENCH_VERSION)
  .showHelpAfterError('(vrrpbench --help lists the commands)');

// Each command is declared here and loaded when it is called, so that --help and a router start fast.

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

await program.parseAsync();
