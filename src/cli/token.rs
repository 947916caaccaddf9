//! `mannameter token`: creates, lists and revokes named tokens for the API.

use anyhow::bail;
use clap::{Args, Subcommand};

use super::console::{Console, Output, print_result};
use crate::{
    app::App,
    config::Settings,
    domain::{ApiToken, Scope, Scopes, TokenName, TokenSecret},
    store::NewToken,
};

/// The actor recorded in the audit log.
const ACTOR: &str = "cli";

/// The arguments of `token`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a token and print its secret, which cannot be shown again
    Create {
        /// Name of the token, which appears in the audit log
        name: TokenName,
        /// Scopes of the token: read, add, edit, admin; separate multiple scopes with commas
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_delimiter = ',')]
        scopes: Vec<Scope>,
    },
    /// List all tokens, newest first
    List {
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token, which also ends its logins
    Revoke {
        /// Name of the token
        name: TokenName,
    },
}

/// Runs the action.
pub(super) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let app = App::open_existing(settings).await?;
    match arguments.action {
        Action::Create { name, scopes } => create(&app, name, Scopes::new(scopes)?).await?,
        Action::List { json } => list(&app, Output::new(json)).await?,
        Action::Revoke { name } => revoke(&app, &name).await?,
    }
    app.close().await;
    Ok(())
}

/// Creates a token. Prints the secret to standard output, so that a script can read it, and everything else to
/// standard error.
async fn create(app: &App, name: TokenName, scopes: Scopes) -> anyhow::Result<()> {
    let secret = TokenSecret::from_random(rand::random());
    let token = ApiToken {
        id: app.clock.new_id(),
        name,
        scopes,
        created_at: app.clock.now(),
        created_by: ACTOR.to_owned(),
        last_used_at: None,
        revoked_at: None,
    };
    let ApiToken { name, scopes, .. } = token.clone();
    if !app.store.create_token(&NewToken { token, sha256: secret.sha256(), audit_id: app.clock.new_id() }).await? {
        bail!("there is already a token with the name \"{name}\"; choose another name, or revoke that one first");
    }
    Console::json().print(format_args!(
        "Created the token \"{name}\" with the scopes: {scopes}. Its secret follows; it cannot be shown again."
    ))?;
    print_result(secret.expose())?;
    Ok(())
}

async fn list(app: &App, output: Output) -> anyhow::Result<()> {
    let tokens = app.store.tokens().await?;
    output.print(&tokens, |console| {
        console.print(format_args!("{:20}  {:20}  {:20}  NAME", "SCOPES", "LAST USED", "REVOKED"))?;
        for ApiToken { name, scopes, last_used_at, revoked_at, .. } in &tokens {
            let time = |at: &Option<chrono::DateTime<chrono::Utc>>| {
                at.map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%d %H:%MZ").to_string())
            };
            let (last_used, revoked) = (time(last_used_at), time(revoked_at));
            console.print(format_args!("{:20}  {last_used:20}  {revoked:20}  {name}", scopes.to_string()))?;
        }
        Ok(())
    })
}

async fn revoke(app: &App, name: &TokenName) -> anyhow::Result<()> {
    let token = app.store.token_by_name(name).await?;
    let revoked = match token {
        Some(token) => app.store.revoke_token(token.id, app.clock.new_id(), ACTOR, app.clock.now()).await?,
        None => None,
    };
    if revoked.is_none() {
        bail!("there is no valid token with the name \"{name}\"; `mannameter token list` lists the tokens");
    }
    Console::text().print(format_args!("Revoked the token \"{name}\"; it is no longer accepted"))?;
    Ok(())
}
