import { spawnSync } from 'node:child_process';
import { access, cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseKnownDeviations } from '../../src/scenario/known-deviations.ts';

const program = await readFile('src/cli/main.ts', 'utf8');
const examples = (await readdir('docs/examples')).filter((name) => name.endsWith('.yaml'));

/** The options of vrrpbench that a text uses: what stands behind its name, up to the end of the command. */
function optionsIn(text: string): readonly string[] {
  const commands = text.match(/(?:vrrpbench|dist\/cli\.js) (?:run|report merge|matrix)[^|`#&]*/g) ?? [];
  return commands.flatMap((command) => (command.split(/\n\s*\n|\n\s*- /)[0] ?? '').match(/--[a-z-]+/g) ?? []);
}

describe.each(['docs/suite.md', ...[...examples, 'Jenkinsfile'].map((name) => `docs/examples/${name}`)])(
  '%s',
  (file) => {
    it('uses options that there are', async () => {
      const options = optionsIn(await readFile(file, 'utf8'));
      expect(options.length).toBeGreaterThan(0);
      expect(options.filter((option) => !program.includes(`'${option} `) && !program.includes(`'${option}'`))).toEqual(
        [],
      );
    });
  },
);

describe.each(examples)('docs/examples/%s', (name) => {
  it('parses', async () => {
    const documents = parseAllDocuments(await readFile(`docs/examples/${name}`, 'utf8'));
    for (const document of documents) expect('errors' in document && document.errors).toEqual([]);
    expect(documents.length).toBeGreaterThan(0);
  });
});

describe('the GitHub Actions workflow', async () => {
  const workflow = parseAllDocuments(await readFile('docs/examples/github-actions.yaml', 'utf8'))[0]!.toJS();

  it('deals the suite to as many jobs as it says', () => {
    const shards: readonly number[] = workflow.jobs.shard.strategy.matrix.shard;
    const run = workflow.jobs.shard.steps.map((step: { run?: string }) => step.run ?? '').join('\n');
    expect(shards).toEqual(shards.map((_, index) => index + 1));
    expect(run).toContain(`/${shards.length} `);
    expect(workflow.jobs.report.needs).toBe('shard');
  });
});

describe('the GitLab pipeline', async () => {
  const pipeline = parseAllDocuments(await readFile('docs/examples/gitlab-ci.yaml', 'utf8'))[0]!.toJS();

  it('joins what the jobs leave behind, whatever became of them', () => {
    expect(pipeline.stages).toEqual([pipeline.shard.stage, pipeline.report.stage]);
    expect(pipeline.shard.parallel).toBeGreaterThan(1);
    expect(pipeline.shard.artifacts.when).toBe('always');
    expect(pipeline.report.when).toBe('always');
  });
});

describe('the Kubernetes jobs', async () => {
  const jobs = parseAllDocuments(await readFile('docs/examples/kubernetes-job.yaml', 'utf8')).map((one) => one.toJS());
  const shards = jobs.find(({ metadata }) => metadata.name === 'vrrpbench-shards');

  it('deal the suite to as many pods as complete it', () => {
    expect(shards.spec.completionMode).toBe('Indexed');
    const [container] = shards.spec.template.spec.containers;
    expect(container.args.join(' ')).toContain(`--shard "$((JOB_COMPLETION_INDEX + 1))/${shards.spec.completions}"`);
  });

  it('run an image whose command is built of nothing but what is copied into it', async () => {
    const [stage] = (await readFile('docs/examples/Dockerfile', 'utf8')).split(/^FROM /m).slice(1);
    const copied = [...stage!.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, files]) => files!.split(' '));
    const [, build] = /^RUN (node tools\/build\.mjs[^&]*)&&/m.exec(stage!)!;
    const folder = await mkdtemp(join(tmpdir(), 'image-'));
    for (const file of copied) await cp(file, join(folder, file), { recursive: true });
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    const built = spawnSync('bash', ['-c', build!], { cwd: folder, encoding: 'utf8' });
    const asked = spawnSync(process.execPath, ['dist/cli.js', '--version'], { cwd: folder, encoding: 'utf8' });
    await rm(folder, { recursive: true });
    expect(built.stderr).toBe('');
    expect(asked.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('run an image whose parts are there', async () => {
    const dockerfile = await readFile('docs/examples/Dockerfile', 'utf8');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) => files!.split(' '));
    expect(copied.length).toBeGreaterThan(5);
    for (const file of copied) await expect(access(file)).resolves.toBeUndefined();
    const paths = JSON.stringify(shards).match(/\/opt\/vrrpbench\/(\S+)/g) ?? [];
    for (const path of paths) await expect(access(path.slice('/opt/vrrpbench/'.length))).resolves.toBeUndefined();
  });
});

describe('docs/suite.md', () => {
  it('shows a file of known deviations that can be read', async () => {
    const [, block] = /```yaml\n([\s\S]+?)```/.exec(await readFile('docs/suite.md', 'utf8'))!;
    expect(parseKnownDeviations(block!, 'suite.md').implementation).toBe('frr');
  });
});
