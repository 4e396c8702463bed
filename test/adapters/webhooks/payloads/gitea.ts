/** Bodies with the shapes of modules/structs/hook.go of Gitea and Forgejo, of a repository that does not exist. */
export const SHA = 'bffeb74224043ba2feb48d137756c8a9331c449a';
export const OLDER = '28e1879d029cb852e4844d9c718537df08844e03';

const somebody = {
  id: 1,
  login: 'somebody',
  full_name: 'Somebody',
  email: 'somebody@example.com',
  username: 'somebody',
};
const author = { name: 'Somebody', email: 'somebody@example.com', username: 'somebody' };

export const repository = {
  id: 140,
  owner: { ...somebody, id: 2, login: 'team' },
  name: 'app',
  full_name: 'team/app',
  private: true,
  fork: false,
  html_url: 'https://git.example.com/team/app',
  ssh_url: 'git@git.example.com:team/app.git',
  clone_url: 'https://git.example.com/team/app.git',
  website: '',
  default_branch: 'main',
};

const commit = {
  id: SHA,
  message: 'Add a page\n',
  url: `https://git.example.com/team/app/commit/${SHA}`,
  author,
  committer: author,
  verification: null,
  timestamp: '2026-11-30T12:00:00Z',
  added: ['web/page.html'],
  removed: [],
  modified: ['README.md'],
};

export const push = {
  ref: 'refs/heads/main',
  before: OLDER,
  after: SHA,
  compare_url: `https://git.example.com/team/app/compare/${OLDER}...${SHA}`,
  commits: [commit],
  total_commits: 1,
  head_commit: commit,
  repository,
  pusher: somebody,
  sender: somebody,
};

/** Of an annotated tag: `after` is the tag, `head_commit` its commit. */
export const tagPush = {
  ...push,
  ref: 'refs/tags/v1.0.0',
  before: '0'.repeat(40),
  after: '82b3d5ae55f7080f1e6022629cdb57bfae7cccc7',
  commits: [],
  total_commits: 0,
};

export const branchDeleted = {
  ...push,
  after: '0'.repeat(40),
  commits: [],
  total_commits: 0,
  head_commit: null,
};

export const create = { sha: SHA, ref: 'v1.0.0', ref_type: 'tag', repository, sender: somebody };
export const removal = { ref: 'v1.0.0', ref_type: 'tag', pusher_type: 'user', repository, sender: somebody };

const side = { label: 'main', ref: 'main', sha: OLDER, repo_id: 140, repo: repository };

export const pullRequest = {
  action: 'opened',
  number: 7,
  pull_request: {
    id: 70,
    number: 7,
    user: somebody,
    title: 'Add a page',
    body: '',
    state: 'open',
    base: side,
    head: { label: 'page', ref: 'page', sha: SHA, repo_id: 140, repo: repository },
    merge_base: OLDER,
  },
  repository,
  sender: somebody,
  commit_id: '',
  review: null,
};

export const release = {
  action: 'published',
  release: {
    id: 48,
    tag_name: 'v1.0.0',
    target_commitish: 'main',
    name: 'One',
    body: 'The first one',
    draft: false,
    prerelease: false,
    author: somebody,
  },
  repository,
  sender: somebody,
};
