import { NewBuild, type NewBuildInput } from '../contracts/new-build.js';
import type { prepareRequest } from './build-request.js';
import { NO_GIT_FACTS } from './git-facts.js';
import { judgeBody } from './judge-body.js';

/** Stands for an upload that is still to be made. */
const AN_UPLOAD = '00000000-0000-4000-8000-000000000000';

const FLAGS = {
  method: '--method',
  destinations: '-t',
  priority: '--priority',
  timeout_seconds: '--timeout',
  'options.dockerfile': '--file',
  'options.target_stage': '--target',
  'options.build_args': '--build-arg',
  'options.cache_enabled': '--no-cache',
  'options.cache_from': '--cache-from',
  'options.cache_to': '--cache-to',
  'options.cache_repo': '--cache-repo',
  'options.ssh': '--ssh',
  'options.builder': '--builder',
  'options.buildpacks': '--buildpack',
  'options.environment': '--env',
  'options.packer_template': '--template',
  'options.base_images': '--base-image',
  'options.secrets': '--secret',
  'options.platforms': '--platform',
};

/** Refuses options that Kiln would refuse, before anything is sent. Raises `invalid_request` with every flag. */
export function judgeRequest(request: ReturnType<typeof prepareRequest>): NewBuildInput {
  const body: NewBuildInput = request({ uploadId: AN_UPLOAD, dockerfile: null }, NO_GIT_FACTS);
  judgeBody(NewBuild, body, FLAGS);
  return body;
}
