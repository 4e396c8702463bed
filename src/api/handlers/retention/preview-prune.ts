import type { previewPrune as operation } from '../../../contracts/retention-operations.js';
import { freedBytes } from '../../../domain/retention/freed-bytes.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { judgedByRegistries } from './judged-by-registries.js';
import { NO_SURVEY, surveyRegistries } from './survey-registries.js';

export function previewPrune(
  deps: Pick<ApiDeps, 'projects' | 'prunes' | 'registryFor'>,
): Handler<typeof operation> {
  return async ({ caller, params, query, request }) => {
    const { id, slug } = await deps.projects.get(caller, params.project);
    const plan = await deps.prunes.preview(caller, id);
    const left = new AbortController();
    request.res?.once('close', () => left.abort());
    const survey =
      query.ask_registries === 'true'
        ? await surveyRegistries(
            deps.registryFor({ tenantId: caller.tenantId, projectId: id }),
            { goes: plan.goes, project: slug },
            left.signal,
          )
        : NO_SURVEY;
    const { goes, stays } = judgedByRegistries(plan, survey);
    const imageIds = goes.map(({ image_id: imageId }) => imageId);
    const places = goes.map(({ image_id: imageId, repositories, absent_from: absent, in_use_in: inUse }) => ({
      imageId,
      repositories: repositories.filter(
        (one) => !absent.includes(one) && !inUse.some(({ repository }) => repository === one),
      ),
    }));
    const { freedBytes: freed, sharedBytes: shared } = freedBytes(
      places,
      await deps.prunes.layers(caller, imageIds),
    );
    return {
      status: 200,
      body: {
        ...{ retention: plan.retention, goes, stays },
        ...{ freed_bytes: freed, shared_bytes: shared, troubles: survey.troubles },
      },
    };
  };
}
