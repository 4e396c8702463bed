/** Bodies with the shapes of https://docs.gitlab.com/user/project/integrations/webhook_events, of a repository that does not exist. */
export const SHA = 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7';
export const OLDER = '95790bf891e76fee5e1747ab589903a6a1f80f22';

const author = { name: 'Somebody', email: 'somebody@example.com' };

export const project = {
  id: 15,
  name: 'app',
  description: '',
  web_url: 'https://git.example.com/team/app',
  avatar_url: null,
  git_ssh_url: 'git@git.example.com:team/app.git',
  git_http_url: 'https://git.example.com/team/app.git',
  namespace: 'team',
  visibility_level: 0,
  path_with_namespace: 'team/app',
  default_branch: 'main',
  homepage: 'https://git.example.com/team/app',
  url: 'git@git.example.com:team/app.git',
};

export const push = {
  object_kind: 'push',
  event_name: 'push',
  before: OLDER,
  after: SHA,
  ref: 'refs/heads/main',
  ref_protected: true,
  checkout_sha: SHA,
  user_id: 4,
  user_name: 'Somebody',
  user_username: 'somebody',
  user_email: '',
  project_id: 15,
  project,
  commits: [
    {
      id: 'b6568db1bc1dcd7f8b4d5a946b0b91f9dacd7327',
      message: 'Add a page\n\nWith words.',
      title: 'Add a page',
      timestamp: '2026-11-30T12:00:00+00:00',
      url: 'https://git.example.com/team/app/-/commit/b6568db1bc1dcd7f8b4d5a946b0b91f9dacd7327',
      author,
      added: ['web/page.html'],
      modified: ['README.md'],
      removed: [],
    },
    {
      id: SHA,
      message: 'Remove a page',
      title: 'Remove a page',
      timestamp: '2026-11-30T12:01:00+00:00',
      url: `https://git.example.com/team/app/-/commit/${SHA}`,
      author,
      added: [],
      modified: ['README.md'],
      removed: ['web/old.html'],
    },
  ],
  total_commits_count: 2,
  push_options: {},
};

/** Of an annotated tag: `after` is the tag, `checkout_sha` its commit. */
export const tagPush = {
  ...push,
  object_kind: 'tag_push',
  event_name: 'tag_push',
  before: '0'.repeat(40),
  after: '82b3d5ae55f7080f1e6022629cdb57bfae7cccc7',
  ref: 'refs/tags/v1.0.0',
  commits: [],
  total_commits_count: 0,
};

export const branchDeleted = {
  ...push,
  after: '0'.repeat(40),
  checkout_sha: null,
  commits: [],
  total_commits_count: 0,
};

export const mergeRequest = {
  object_kind: 'merge_request',
  event_type: 'merge_request',
  user: { id: 1, name: 'Somebody', username: 'somebody' },
  project,
  object_attributes: {
    id: 99,
    iid: 7,
    target_branch: 'main',
    source_branch: 'page',
    source_project_id: 15,
    target_project_id: 15,
    title: 'Add a page',
    state: 'opened',
    draft: false,
    source: project,
    target: project,
    last_commit: {
      id: SHA,
      message: 'Add a page',
      title: 'Add a page',
      timestamp: '2026-11-30T12:00:00+00:00',
      url: `https://git.example.com/team/app/-/commit/${SHA}`,
      author,
    },
    action: 'open',
  },
  labels: [],
  changes: {},
};

export const release = {
  id: 1,
  created_at: '2026-11-30 12:00:00 UTC',
  description: 'The first one',
  name: 'One',
  tag: 'v1.0.0',
  object_kind: 'release',
  project,
  url: 'https://git.example.com/team/app/-/releases/v1.0.0',
  action: 'create',
  assets: { count: 0, links: [], sources: [] },
  commit: { id: SHA, message: 'Remove a page', title: 'Remove a page', author },
};
