{{/* Names are fixed: the CRDs, the signer and the policies belong to the whole cluster, so there is one installation. */}}
{{- define "ovenbird.labels" -}}
app.kubernetes.io/name: ovenbird
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "ovenbird.selector" -}}
app.kubernetes.io/name: ovenbird
app.kubernetes.io/component: operator
{{- end }}

{{/* image (dict "root" $ "image" .Values.operator.image) */}}
{{- define "ovenbird.image" -}}
{{- $name := .image.repository -}}
{{- if .root.Values.image.registry -}}{{- $name = printf "%s/%s" (trimSuffix "/" .root.Values.image.registry) $name -}}{{- end -}}
{{- if .image.digest -}}{{ $name }}@{{ .image.digest }}
{{- else -}}{{ $name }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "ovenbird.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* What the namespace's Pod Security level "restricted" asks of a container. */}}
{{- define "ovenbird.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "ovenbird.confinedPod" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* What every program of the operator's image is told. */}}
{{- define "ovenbird.environment" -}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: OVENBIRD_AGENTS_NAMESPACE
  value: {{ .Values.agents.namespace }}
- name: OVENBIRD_AGENT_IMAGE
  value: {{ include "ovenbird.image" (dict "root" . "image" .Values.agents.image) }}
- name: OVENBIRD_AGENT_PULL_POLICY
  value: {{ .Values.image.pullPolicy }}
- name: OVENBIRD_AGENT_PULL_SECRETS
  value: {{ join "," .Values.image.pullSecrets | quote }}
- name: OVENBIRD_AGENT_RESOURCES
  value: {{ toJson .Values.agents.resources | quote }}
- name: OVENBIRD_AGENT_PRIORITY_CLASS
  value: {{ .Values.agents.priorityClassName | quote }}
- name: OVENBIRD_ENDPOINT_SETTLE
  value: {{ .Values.operator.endpointSettle }}
{{- with .Values.operator.env }}
{{ toYaml . }}
{{- end }}
{{- end }}
