import type { SettingLayers } from '../domain/builds/settings.js';
import { settingsOfFile } from './build-file.js';
import { askedResources } from './resources.js';
import type { NewBuild } from './new-build.js';
import type { Project } from './projects.js';

type ProjectSettings = Readonly<Pick<Project, 'defaults'>> & { readonly destinations: readonly string[] };

/** What was said about a build, and where. A project that is still to be made says nothing. */
export function settingLayers(body: NewBuild, project: ProjectSettings | null): SettingLayers {
  const { method, options, destinations, timeout_seconds: timeoutSeconds, resources, needs } = body;
  const file = contentOf(body);
  return {
    request: {
      ...options,
      ...(method === undefined ? {} : { method }),
      ...(destinations.length === 0 ? {} : { destinations }),
      ...(timeoutSeconds === undefined ? {} : { timeout_seconds: timeoutSeconds }),
      ...askedResources(resources ?? {}),
      ...(needs === undefined ? {} : { needs }),
    },
    ...(file === null ? {} : { build_file: settingsOfFile(file) }),
    ...(project === null ? {} : { project: projectSettings(project) }),
  };
}

/** The name of the file that was sent, or the path of the one to look for; null for neither. */
export function nameOfBuildFile({ build_file: file }: NewBuild): string | null {
  if (file === undefined) return null;
  return 'name' in file ? file.name : file.path;
}

function contentOf({ build_file: file }: NewBuild) {
  return file !== undefined && 'content' in file ? file.content : null;
}

function projectSettings({ defaults, destinations }: ProjectSettings) {
  return { ...settingsOfFile(defaults), ...(destinations.length === 0 ? {} : { destinations }) };
}
