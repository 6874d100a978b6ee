# syntax=docker/dockerfile:1
# Two stages: restore from project files alone (a layer that lives until a dependency changes), then a chiseled image without shell or root.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG TARGETARCH
WORKDIR /source

COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY eng eng
COPY src/Gateway.Providers/Gateway.Providers.csproj src/Gateway.Providers/packages.lock.json src/Gateway.Providers/
COPY src/Gateway.Sqlite/Gateway.Sqlite.csproj src/Gateway.Sqlite/packages.lock.json src/Gateway.Sqlite/
COPY src/Gateway/Gateway.csproj src/Gateway/packages.lock.json src/Gateway/
RUN dotnet restore src/Gateway/Gateway.csproj -a $TARGETARCH -p:PublishReadyToRun=true -p:RestoreLockedMode=false

COPY src src
RUN dotnet publish src/Gateway/Gateway.csproj -a $TARGETARCH -c Release -o /app --no-restore -p:UseAppHost=false \
 && mkdir /app/data

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app ./
COPY config/gateway.json config/gateway.schema.json config/
COPY --from=build --chown=$APP_UID /app/data /data

# Inside a container the listeners must be reachable, so that clients need keys: GATEWAY_CLIENT_KEY, or governance.virtual_keys in a configuration of
# one's own. Beyond probes 8081 asks for GATEWAY_ADMIN_TOKEN; publish it only to whoever scrapes it.
ENV ASPNETCORE_URLS=http://0.0.0.0:8080 \
    GATEWAY_ADMIN_URLS=http://0.0.0.0:8081 \
    GATEWAY_DATA_DIRECTORY=/data \
    GATEWAY_DRAIN_DELAY_SECONDS=5 \
    DOTNET_EnableDiagnostics=0
EXPOSE 8080 8081
VOLUME /data
USER $APP_UID
ENTRYPOINT ["dotnet", "Gateway.dll"]
